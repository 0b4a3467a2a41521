package journal

import (
	"errors"
	"os"
	"syscall"
)

// datasync flushes the bytes of a file whose length does not change.
func datasync(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
