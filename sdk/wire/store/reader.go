package store

import (
	"io"
	"sync"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// reader is a file being sent from the other end.
type reader struct {
	b    *Backend
	info sdk.FileInfo

	mu     sync.Mutex
	file   File
	handle uint64
	broken error
	closed bool
}

var _ sdk.VectorReader = (*reader)(nil)

// Info implements [sdk.Reader].
func (r *reader) Info() sdk.FileInfo { return r.info }

// ReadAt implements [io.ReaderAt].
func (r *reader) ReadAt(p []byte, off int64) (int, error) { return r.ReadvAt([][]byte{p}, off) }

// ReadvAt implements [sdk.VectorReader].
func (r *reader) ReadvAt(bufs [][]byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return 0, errClosed
	case r.broken != nil:
		return 0, r.broken
	case off < 0:
		return 0, r.b.fault("a read at %d", off)
	}
	short := false
	if left := max(r.info.Size-off, 0); total(bufs) > left {
		bufs, short = upTo(bufs, left), true
	}
	n, err := read(bufs, func(group [][]byte, at int64) (int64, error) {
		size := total(group)
		if size == 0 {
			return 0, nil
		}
		return r.ask(group, size, off+at)
	})
	if err == nil && short {
		err = io.EOF
	}
	return n, err
}

func (r *reader) ask(group [][]byte, size, off int64) (int64, error) {
	a, err := r.file.Call(wire.BackendReadAt, &wire.BackendCall{Handle: r.handle, Offset: off, Length: size}, nil, group)
	switch {
	case err != nil:
		r.broken = r.b.lost(err)
	case a.Failure != nil:
		return 0, r.b.said(a.Failure)
	case a.Length < 0 || a.Length > size:
		r.broken = r.b.fault("asked for %d bytes it read %d", size, a.Length)
	}
	return a.Length, r.broken
}

// upTo gives the first n bytes of the buffers.
func upTo(bufs [][]byte, n int64) (out [][]byte) {
	for _, b := range bufs {
		if int64(len(b)) >= n {
			return append(out, b[:n])
		}
		out = append(out, b)
		n -= int64(len(b))
	}
	return out
}

// Close implements [io.Closer].
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	if r.broken != nil {
		r.file.End(false)
		return nil
	}
	a, err := r.file.Call(wire.BackendClose, &wire.BackendCall{Handle: r.handle}, nil, nil)
	r.file.End(err == nil)
	switch {
	case err != nil:
		return r.b.lost(err)
	case a.Failure != nil:
		return r.b.said(a.Failure)
	}
	return nil
}
