package main

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// identity tells a file from every other one, under whatever name, also from one that gets its inode after it is gone: its
// handle then differs, or where the file system has none, the time of its birth.
type identity struct {
	Inode  uint64 `json:"inode"`
	Born   int64  `json:"born"` // nanoseconds since 1970; 0: not known
	Handle string `json:"handle,omitempty"`
}

func identify(f *os.File) (id identity, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return id, err
	}
	var st unix.Statx_t
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.Statx(int(fd), "", unix.AT_EMPTY_PATH, unix.STATX_INO|unix.STATX_BTIME, &st)
		if h, _, err := unix.NameToHandleAt(int(fd), "", unix.AT_EMPTY_PATH); err == nil {
			id.Handle = hex.EncodeToString(h.Bytes())
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return identity{}, fmt.Errorf("statx: %w", err)
	}
	id.Inode = st.Ino
	if st.Mask&unix.STATX_BTIME != 0 {
		id.Born = st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
	}
	return id, nil
}

// linksOf says how many names a file has.
func linksOf(f *os.File) (uint64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1, nil
	}
	return uint64(st.Nlink), nil
}

// tag changes with the content: inode, time of the last change, size.
func tag(info fs.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%x-%x-%x", st.Ino, st.Ctim.Nano(), info.Size())
}
