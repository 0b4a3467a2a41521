//go:build unix

package wasm

import (
	"io/fs"
	"os"
	"syscall"
)

// ours reports whether a file belongs to this process's user, or to root.
func ours(i fs.FileInfo) bool {
	s, ok := i.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int64(s.Uid) == int64(os.Geteuid()))
}
