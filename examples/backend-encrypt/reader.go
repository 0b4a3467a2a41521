package main

import (
	"errors"
	"io"

	"github.com/postern/postern/sdk"
)

// reader is a file being sent. The chunk that was read last is kept: reads go forward, as a rule.
type reader struct {
	below  sdk.Reader
	info   sdk.FileInfo
	sealer *sealer
	chunks int64
	at     int64 // the chunk in plain; -1: none
	plain  []byte
	memory []byte
}

// open reads the header and the last chunk.
func (r *reader) open(key []byte) error {
	size, ok := plain(r.info.Size)
	header := make([]byte, headerSize)
	if _, err := r.below.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !ok || string(header[:len(magic)]) != magic {
		return damaged("it is none of this backend's, or was cut")
	}
	var err error
	if r.sealer, err = newSealer(key, header[len(magic):]); err != nil {
		return err
	}
	r.info.Size, r.chunks, r.at, r.memory = size, max(1, (size+chunk-1)/chunk), -1, make([]byte, slot)
	_, err = r.chunk(r.chunks - 1)
	return err
}

// chunk opens one chunk.
func (r *reader) chunk(at int64) ([]byte, error) {
	if at == r.at {
		return r.plain, nil
	}
	kind, sealed := inside, r.memory
	if at == r.chunks-1 {
		kind, sealed = final, sealed[:r.info.Size-at*chunk+overhead]
	}
	r.at = -1
	n, err := r.below.ReadAt(sealed, place(at))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if r.plain, err = r.sealer.open(sealed[:n], at, kind); err != nil {
		return nil, err
	}
	r.at = at
	return r.plain, nil
}

// Info implements [sdk.Reader].
func (r *reader) Info() sdk.FileInfo { return r.info }

// ReadAt implements [sdk.Reader].
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	return readAt(p, off, r.info.Size, r.chunk)
}

// Close implements [sdk.Reader].
func (r *reader) Close() error { return r.below.Close() }

// readAt reads of chunks.
func readAt(p []byte, off, size int64, read func(at int64) ([]byte, error)) (n int, err error) {
	if off < 0 {
		return 0, sdk.Refuse(sdk.DataIO, "a read at %d", off)
	}
	for n < len(p) {
		if off >= size {
			return n, io.EOF
		}
		b, err := read(off / chunk)
		if err != nil {
			return n, err
		}
		got := copy(p[n:], b[off%chunk:])
		n, off = n+got, off+int64(got)
	}
	return n, nil
}
