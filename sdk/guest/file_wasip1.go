package guest

import (
	"errors"
	"io"
	"unsafe"

	"github.com/postern/postern/sdk"
)

//go:wasmimport postern_v1 file_size
func hostFileSize() int64

//go:wasmimport postern_v1 file_read
//go:noescape
func hostFileRead(off int64, out unsafe.Pointer, capacity uint32) int32

// file is the transfer's file, read through the server.
type file struct{}

// showFile gives the facts of open (send) and verify the file, where the exit may read it.
func showFile(q *sdk.Question) {
	f := q.Facts
	switch {
	case q.Point == sdk.PointVerify && f.File != nil && hostFileSize() >= 0:
		f.File.Content = file{}
	case q.Point == sdk.PointOpen && f.Target != nil && hostFileSize() >= 0:
		f.Target.Content = file{}
	}
}

// ReadAt implements [io.ReaderAt].
func (file) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("a negative offset")
	}
	for n < len(b) {
		got := hostFileRead(off+int64(n), start(b[n:]), uint32(len(b)-n))
		if got < 0 {
			return n, errorOf(got)
		}
		if got == 0 {
			return n, io.EOF
		}
		n += int(got)
	}
	return n, nil
}
