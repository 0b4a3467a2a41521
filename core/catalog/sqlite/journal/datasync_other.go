//go:build !linux

package journal

import "os"

// datasync flushes the bytes of a file whose length does not change.
func datasync(f *os.File) error { return f.Sync() }
