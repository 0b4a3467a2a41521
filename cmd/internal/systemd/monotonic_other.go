//go:build !linux

package systemd

// monotonic is 0: systemd runs on Linux alone.
func monotonic() int64 { return 0 }
