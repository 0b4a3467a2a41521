package main

import (
	"os"
	"syscall"
)

// datasync makes the bytes of a file durable, and what is needed to find them.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
