package local

import (
	"errors"
	"io"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxVector is how many buffers one call takes (UIO_MAXIOV).
const maxVector = 1024

// vector reads or writes several buffers with one system call. It is reused, so that a call allocates nothing.
type vector struct {
	iov  []unix.Iovec
	trap uintptr
	how  uintptr // flags of preadv2(2)
	off  int64
	n    int
	err  syscall.Errno
	call func(fd uintptr) // v.run, bound once
}

func newVector() *vector {
	v := &vector{}
	v.call = v.run
	return v
}

// writeAt writes all of bufs from off on.
func (v *vector) writeAt(f *os.File, raw syscall.RawConn, bufs [][]byte, off int64) error {
	n, err := v.all(raw, unix.SYS_PWRITEV, bufs, off)
	if err == nil && n < total(bufs) {
		err = io.ErrShortWrite
	}
	return err
}

// readAt fills bufs from off on and returns io.EOF when the file ends before.
func (v *vector) readAt(f *os.File, raw syscall.RawConn, bufs [][]byte, off int64) (int, error) {
	n, err := v.all(raw, unix.SYS_PREADV, bufs, off)
	if err == nil && n < total(bufs) {
		err = io.EOF
	}
	return n, err
}

// readNow is readAt that stops without an error where the file is not in memory. It is false where the file system cannot
// tell (preadv2(2), RWF_NOWAIT).
func (v *vector) readNow(raw syscall.RawConn, bufs [][]byte, off int64) (n int, tells bool, err error) {
	v.how = unix.RWF_NOWAIT
	n, err = v.all(raw, unix.SYS_PREADV2, bufs, off)
	v.how = 0
	switch {
	case err == nil && n < total(bufs):
		return n, true, io.EOF
	case errors.Is(err, unix.EAGAIN):
		return n, true, nil
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
		return 0, false, nil
	}
	return n, true, err
}

// inMemory reports whether the file is of a file system that has no disk. It may be swapped out, as all memory may.
func inMemory(raw syscall.RawConn) (is bool) {
	err := raw.Control(func(fd uintptr) {
		var fs unix.Statfs_t
		is = unix.Fstatfs(int(fd), &fs) == nil && (fs.Type == unix.TMPFS_MAGIC || fs.Type == unix.RAMFS_MAGIC)
	})
	return is && err == nil
}

// all repeats the call until every buffer is used, or one call used nothing.
func (v *vector) all(raw syscall.RawConn, trap uintptr, bufs [][]byte, off int64) (done int, err error) {
	v.trap = trap
	skip := 0 // bytes of bufs[0] that are done
	for {
		for len(bufs) > 0 && skip == len(bufs[0]) {
			bufs, skip = bufs[1:], 0
		}
		if len(bufs) == 0 {
			return done, nil
		}
		v.fill(bufs, skip)
		v.off = off + int64(done)
		err := raw.Control(v.call)
		clear(v.iov) // the buffers are the caller's again
		if err != nil {
			return done, err
		}
		if v.err != 0 {
			return done, v.err
		}
		if v.n == 0 {
			return done, nil
		}
		done += v.n
		for skip += v.n; len(bufs) > 0 && skip >= len(bufs[0]); bufs = bufs[1:] {
			skip -= len(bufs[0])
		}
	}
}

func (v *vector) fill(bufs [][]byte, skip int) {
	v.iov = v.iov[:0]
	for _, b := range bufs {
		b, skip = b[skip:], 0
		if len(b) == 0 {
			continue
		}
		if len(v.iov) == maxVector {
			return
		}
		e := unix.Iovec{Base: &b[0]}
		e.SetLen(len(b))
		v.iov = append(v.iov, e)
	}
}

func (v *vector) run(fd uintptr) {
	// The offset goes in two halves where a word has 32 bits; two shifts because one by 64 is no shift on others.
	const word = unsafe.Sizeof(uintptr(0)) * 8
	lo, hi := uintptr(v.off), uintptr(uint64(v.off)>>(word-1)>>1)
	for {
		n, _, err := unix.Syscall6(v.trap, fd, uintptr(unsafe.Pointer(&v.iov[0])), uintptr(len(v.iov)), lo, hi, v.how)
		if err != unix.EINTR {
			v.n, v.err = int(n), err
			return
		}
	}
}
