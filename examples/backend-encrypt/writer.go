package main

import (
	"bytes"
	"errors"
	"io"

	"github.com/postern/postern/sdk"
)

// batch is how much is sealed before it is given to the backend below, bytes.
const batch = 7 * slot

// writer is a file being received. A full chunk waits until more has come: only then is it known not to be the last.
type writer struct {
	below  sdk.Writer
	sealer *sealer
	chunks int64  // that are stored
	tail   []byte // what has come of the next one, at most a chunk
	sealed []byte // memory for a batch
}

func (w *writer) size() int64 { return w.chunks*chunk + int64(len(w.tail)) }

// WriteAt implements [sdk.Writer]. It writes from the beginning to the end.
func (w *writer) WriteAt(bufs [][]byte, off int64) error {
	if off != w.size() {
		return sdk.Refuse(sdk.DataIO, "a write at %d of a stream that is at %d", off, w.size())
	}
	w.sealed = w.sealed[:0]
	at := place(w.chunks)
	flush := func() error {
		if len(w.sealed) == 0 {
			return nil
		}
		err := w.below.WriteAt([][]byte{w.sealed}, at)
		at += int64(len(w.sealed))
		w.sealed = w.sealed[:0]
		return err
	}
	for _, b := range bufs {
		for len(b) > 0 {
			if len(w.tail) == chunk {
				w.sealed = w.sealer.seal(w.sealed, w.tail, w.chunks, inside)
				w.chunks++
				w.tail = w.tail[:0]
			}
			if len(w.sealed) >= batch {
				if err := flush(); err != nil {
					return err
				}
			}
			n := min(chunk-len(w.tail), len(b))
			w.tail = append(w.tail, b[:n]...)
			b = b[n:]
		}
	}
	return flush()
}

// State implements [sdk.Stateful].
func (w *writer) State() ([]byte, error) {
	st := state{salt: w.sealer.salt, chunks: w.chunks}
	if s, ok := sdk.As[sdk.Stateful](w.below); ok {
		st.below, _ = s.State() // without one it is found all the same
	}
	return st.append(nil), nil
}

// Sync implements [sdk.Writer].
func (w *writer) Sync() (int64, []byte, error) {
	durable, kept, err := w.below.Sync()
	if err != nil {
		return 0, nil, err
	}
	if durable < place(w.chunks) { // not all of it is safe: the tail follows what is not
		whole := max(durable-headerSize, 0) / slot
		st := state{salt: w.sealer.salt, chunks: whole, below: kept}
		return whole * chunk, st.append(nil), nil
	}
	st := state{salt: w.sealer.salt, chunks: w.chunks, below: kept}
	if len(w.tail) > 0 {
		st.tail = w.sealer.seal(nil, w.tail, w.chunks, tail)
	}
	return w.size(), st.append(nil), nil
}

// resume goes on where a state was kept, or at the beginning.
func (w *writer) resume(key []byte, st *state) (err error) {
	salt := st.salt
	if salt == nil {
		salt = newSalt()
	}
	if w.sealer, err = newSealer(key, salt); err != nil {
		return err
	}
	w.chunks = st.chunks
	if len(st.tail) > 0 {
		sealed := bytes.Clone(st.tail)
		if w.tail, err = w.sealer.open(sealed, st.chunks, tail); err != nil {
			return err
		}
	}
	if st.salt == nil || w.size() == 0 { // nothing was durable: perhaps not even the header
		if err := w.below.Truncate(0); err != nil {
			return err
		}
		return w.below.WriteAt([][]byte{w.sealer.header()}, 0)
	}
	return w.below.Truncate(place(w.chunks))
}

// Truncate implements [sdk.Writer]. Of a chunk that is cut in the middle the beginning is read back.
func (w *writer) Truncate(off int64) error {
	switch {
	case off < 0 || off > w.size():
		return sdk.Refuse(sdk.DataIO, "a file of %d bytes is not cut at %d", w.size(), off)
	case off >= w.chunks*chunk:
		w.tail = w.tail[:off-w.chunks*chunk]
		return nil
	}
	at := off / chunk
	kept, err := w.read(at)
	if err != nil {
		return err
	}
	if err := w.below.Truncate(place(at)); err != nil {
		return err
	}
	w.chunks, w.tail = at, append(w.tail[:0], kept[:off-at*chunk]...)
	return nil
}

// read gives a chunk back.
func (w *writer) read(at int64) ([]byte, error) {
	if at == w.chunks {
		return w.tail, nil
	}
	r, ok := sdk.As[sdk.PartReader](w.below)
	if !ok {
		return nil, errBelow
	}
	sealed := make([]byte, slot)
	if _, err := r.ReadAt(sealed, place(at)); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return w.sealer.open(sealed, at, inside)
}

// ReadAt implements [sdk.PartReader].
func (w *writer) ReadAt(p []byte, off int64) (int, error) { return readAt(p, off, w.size(), w.read) }

// Commit implements [sdk.Writer].
func (w *writer) Commit(rule sdk.OnExists) (string, error) {
	if err := w.finish(); err != nil {
		return "", errors.Join(err, w.below.Close())
	}
	return w.below.Commit(rule)
}

// Quarantine implements [sdk.Quarantiner].
func (w *writer) Quarantine(path string) error {
	q, ok := sdk.As[sdk.Quarantiner](w.below)
	if !ok {
		return errors.Join(errBelow, w.below.Close())
	}
	if err := w.finish(); err != nil {
		return errors.Join(err, w.below.Close())
	}
	return q.Quarantine(path)
}

// finish writes the last chunk.
func (w *writer) finish() error {
	return w.below.WriteAt([][]byte{w.sealer.seal(w.sealed[:0], w.tail, w.chunks, final)}, place(w.chunks))
}

// Close implements [sdk.Writer].
func (w *writer) Close() error { return w.below.Close() }

// Discard implements [sdk.Writer].
func (w *writer) Discard() error { return w.below.Discard() }
