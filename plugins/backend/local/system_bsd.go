//go:build darwin || freebsd

package local

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nonblock keeps the open of a FIFO or a device that was put in a file's place from waiting.
const nonblock = unix.O_NONBLOCK

func identify(f *os.File) (identity, error) { return identityOf(f.Stat()) }

// identifyAt looks at a name in an open folder and follows no link.
func identifyAt(f *folder, name string) (identity, error) { return identityOf(f.Lstat(name)) }

func identityOf(info fs.FileInfo, err error) (identity, error) {
	if err != nil {
		return identity{}, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, nil
	}
	return identity{Device: uint64(st.Dev), Inode: st.Ino, Born: st.Birthtimespec.Nano()}, nil
}

// links says how many names the file has.
func links(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// tag changes whenever the file's content does: the inode, the time of the last change, which nobody can set back, and
// the size.
func tag(info fs.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%x-%x-%x", st.Ino, st.Ctimespec.Nano(), info.Size())
}

func freeBytes(f *os.File) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		return 0, fmt.Errorf("statfs: %w", err)
	}
	return max(0, int64(st.Bavail)) * int64(st.Bsize), nil
}
