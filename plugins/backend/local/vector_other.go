//go:build !linux

package local

import (
	"os"
	"syscall"
)

// vector reads or writes several buffers one after the other.
type vector struct{}

func newVector() *vector { return &vector{} }

func (*vector) writeAt(f *os.File, _ syscall.RawConn, bufs [][]byte, off int64) error {
	for _, b := range bufs {
		if _, err := f.WriteAt(b, off); err != nil {
			return err
		}
		off += int64(len(b))
	}
	return nil
}

func (*vector) readAt(f *os.File, _ syscall.RawConn, bufs [][]byte, off int64) (done int, err error) {
	for _, b := range bufs {
		n, err := f.ReadAt(b, off+int64(done))
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// readNow tells nothing: only Linux does.
func (*vector) readNow(syscall.RawConn, [][]byte, int64) (n int, tells bool, err error) {
	return 0, false, nil
}

func inMemory(syscall.RawConn) bool { return false }
