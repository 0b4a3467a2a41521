package local

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nonblock keeps the open of a FIFO or a device that was put in a file's place from waiting.
const nonblock = unix.O_NONBLOCK

func identify(f *os.File) (identity, error) {
	return statx(f, "", unix.AT_EMPTY_PATH)
}

// identifyAt looks at a name in an open folder and follows no link.
func identifyAt(f *folder, name string) (identity, error) {
	return statx(f.dir, name, unix.AT_SYMLINK_NOFOLLOW)
}

func statx(f *os.File, name string, flags int) (id identity, err error) {
	var st unix.Statx_t
	err = control(f, func(fd int) error {
		return unix.Statx(fd, name, flags, unix.STATX_INO|unix.STATX_BTIME, &st)
	})
	if err != nil {
		return id, fmt.Errorf("statx: %w", err)
	}
	id = identity{Device: unix.Mkdev(st.Dev_major, st.Dev_minor), Inode: st.Ino}
	if st.Mask&unix.STATX_BTIME != 0 {
		id.Born = st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
	}
	return id, nil
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
	switch st := info.Sys().(type) {
	case *syscall.Stat_t:
		return fmt.Sprintf("%x-%x-%x", st.Ino, st.Ctim.Nano(), info.Size())
	case *unix.Stat_t:
		return fmt.Sprintf("%x-%x-%x", st.Ino, st.Ctim.Nano(), info.Size())
	}
	return ""
}

// sameFile compares what os and this package have found out about two names.
func sameFile(a, b fs.FileInfo) bool {
	dev, ino, ok := inode(a)
	otherDev, otherIno, known := inode(b)
	return ok && known && dev == otherDev && ino == otherIno
}

func inode(info fs.FileInfo) (dev, ino uint64, ok bool) {
	switch st := info.Sys().(type) {
	case *syscall.Stat_t:
		return uint64(st.Dev), st.Ino, true
	case *unix.Stat_t:
		return uint64(st.Dev), st.Ino, true
	}
	return 0, 0, false
}

func datasync(f *os.File) error { return control(f, unix.Fdatasync) }

func syncFile(f *os.File) error { return f.Sync() }

func freeBytes(f *os.File) (free int64, err error) {
	var st unix.Statfs_t
	if err := control(f, func(fd int) error { return unix.Fstatfs(fd, &st) }); err != nil {
		return 0, fmt.Errorf("statfs: %w", err)
	}
	size := uint64(st.Frsize)
	if size > 0 && st.Bavail > math.MaxInt64/size {
		return math.MaxInt64, nil
	}
	return int64(st.Bavail * size), nil
}

// renameNew renames a file to a name that must be free. File systems that cannot do it in one step get a second name
// and lose the first.
func renameNew(from *folder, name string, to *folder, newName string) error {
	err := control(from.dir, func(fd int) error {
		return control(to.dir, func(toFd int) error {
			return unix.Renameat2(fd, name, toFd, newName, unix.RENAME_NOREPLACE)
		})
	})
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	return linkNew(from, name, to, newName)
}

func linkNew(from *folder, name string, to *folder, newName string) error {
	return control(from.dir, func(fd int) error {
		err := control(to.dir, func(toFd int) error { return unix.Linkat(fd, name, toFd, newName, 0) })
		if err != nil {
			return err
		}
		return unix.Unlinkat(fd, name, 0)
	})
}

// control runs a system call on an open file and again when a signal interrupted it.
func control(f *os.File, call func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		for {
			if failed = call(int(fd)); failed != unix.EINTR {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}
