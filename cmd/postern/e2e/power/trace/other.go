//go:build !linux || !(amd64 || arm64)

package trace

const supported = false

func trace(Options) (int, error) { return 0, ErrUnsupported }
