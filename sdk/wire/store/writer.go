package store

import (
	"io"
	"sync"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// unknown is the size of a file that was resumed, until it is cut.
const unknown = -1

// writer is a file being received at the other end.
type writer struct {
	b      *Backend
	target sdk.Target

	mu     sync.Mutex
	file   File
	handle uint64
	first  []byte // the state before the first Sync
	state  []byte // the last one
	size   int64  // bytes that it has at most; unknown
	next   int64  // where a stream goes on; unknown
	broken error
	dead   bool // nobody is at the other end
	closed bool
}

var errClosed = sdk.Refuse(sdk.DataIO, "the file is closed")

// writer makes a writer of a file that was opened.
func (b *Backend) writer(f File, a *wire.BackendReply, t sdk.Target, size int64) (sdk.Writer, error) {
	if a.Handle == 0 || len(a.State) > wire.MaxBackendState {
		f.End(false)
		return nil, b.fault("it opened no file, or one with %d bytes of state", len(a.State))
	}
	return &writer{b: b, target: t, file: f, handle: a.Handle, first: a.State, state: a.State, size: size, next: size}, nil
}

// Can tells what the file can do.
func (w *writer) Can(a sdk.Ability) bool { return w.b.can[a] }

// ask asks one thing; w.mu is held. A failure breaks the writer for good.
func (w *writer) ask(m wire.BackendMethod, c *wire.BackendCall, out, in [][]byte) (wire.BackendReply, error) {
	if w.closed {
		return wire.BackendReply{}, errClosed
	}
	if w.broken != nil {
		return wire.BackendReply{}, w.broken
	}
	c.Handle = w.handle
	a, err := w.file.Call(m, c, out, in)
	switch {
	case err != nil:
		w.dead = true
		return a, w.fail(w.b.lost(err))
	case a.Failure != nil:
		return a, w.fail(w.b.said(a.Failure))
	}
	return a, nil
}

func (w *writer) fail(err error) error {
	w.broken = err
	return err
}

// WriteAt implements [sdk.Writer].
func (w *writer) WriteAt(bufs [][]byte, off int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	size := total(bufs)
	switch {
	case off < 0 || off+size < off:
		return w.b.fault("a write of %d bytes at %d", size, off)
	case size == 0 && !w.closed && w.broken == nil:
		return nil
	case !w.b.can[sdk.AbilityRandomWrite] && w.next != unknown && off != w.next:
		return w.b.fault("a write at %d: it writes a stream, which is at %d", off, w.next)
	}
	for {
		var group [][]byte
		group, bufs = cut(bufs)
		n := total(group)
		if _, err := w.ask(wire.BackendWriteAt, &wire.BackendCall{Offset: off}, group, nil); err != nil {
			return err
		}
		off += n
		w.next = off
		if w.size != unknown {
			w.size = max(w.size, off)
		}
		if len(bufs) == 0 {
			return nil
		}
	}
}

// Sync implements [sdk.Writer].
func (w *writer) Sync() (int64, []byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.ask(wire.BackendSync, &wire.BackendCall{}, nil, nil)
	if err != nil {
		return 0, nil, err
	}
	if a.Durable < 0 || w.size != unknown && a.Durable > w.size || len(a.State) > wire.MaxBackendState {
		return 0, nil, w.fail(w.b.fault("it says that %d bytes are durable, of %d, with %d bytes of state", a.Durable, w.size, len(a.State)))
	}
	w.state = a.State
	return a.Durable, a.State, nil
}

// Truncate implements [sdk.Writer].
func (w *writer) Truncate(off int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if off < 0 || w.size != unknown && off > w.size {
		return w.b.fault("a file of %d bytes is not cut at %d", w.size, off)
	}
	if w.closed || w.broken != nil {
		_, err := w.ask(wire.BackendTruncate, nil, nil, nil)
		return err
	}
	a, err := w.file.Call(wire.BackendTruncate, &wire.BackendCall{Handle: w.handle, Offset: off}, nil, nil)
	switch {
	case err != nil:
		w.dead = true
		return w.fail(w.b.lost(err))
	case a.Failure != nil: // a place where it cannot be cut leaves it as it is
		return w.b.said(a.Failure)
	}
	w.size, w.next = off, off
	return nil
}

// Commit implements [sdk.Writer].
func (w *writer) Commit(rule sdk.OnExists) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.ask(wire.BackendCommit, &wire.BackendCall{Rule: rule}, nil, nil)
	if err == nil {
		err = w.b.checkName(a.Path, w.target.Path, rule)
	}
	w.end(true)
	if err != nil {
		return "", err
	}
	return a.Path, nil
}

// Quarantine implements [sdk.Quarantiner].
func (w *writer) Quarantine(path string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.b.able(sdk.AbilityQuarantine)
	if err == nil {
		err = sdk.CheckPath(path)
	}
	if err == nil {
		_, err = w.ask(wire.BackendQuarantine, &wire.BackendCall{Path: path}, nil, nil)
		w.end(true)
		return err
	}
	w.hangUp()
	return err
}

// State implements [sdk.Stateful].
func (w *writer) State() ([]byte, error) {
	if err := w.b.able(sdk.AbilityState); err != nil {
		return nil, err
	}
	return w.first, nil
}

// ReadAt implements [sdk.PartReader].
func (w *writer) ReadAt(p []byte, off int64) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.b.able(sdk.AbilityReadPart); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, w.b.fault("a read at %d", off)
	}
	return read([][]byte{p}, func(group [][]byte, at int64) (int64, error) {
		size := total(group)
		a, err := w.ask(wire.BackendReadAt, &wire.BackendCall{Offset: off + at, Length: size}, nil, group)
		if err == nil && (a.Length < 0 || a.Length > size) {
			err = w.fail(w.b.fault("asked for %d bytes it read %d", size, a.Length))
		}
		return a.Length, err
	})
}

// Close implements [sdk.Writer].
func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hangUp()
}

// hangUp closes a file that stays as it is.
func (w *writer) hangUp() error {
	if w.closed {
		return nil
	}
	var err error
	if !w.dead {
		err = w.last(wire.BackendClose)
	}
	w.end(true)
	return err
}

// last asks the last thing of a file, a broken one too.
func (w *writer) last(m wire.BackendMethod) error {
	w.broken = nil
	_, err := w.ask(m, &wire.BackendCall{}, nil, nil)
	return err
}

// Discard implements [sdk.Writer]. Where nobody is at the other end any more, another is asked to remove the part.
func (w *writer) Discard() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	if !w.dead {
		err := w.last(wire.BackendDiscard)
		if !w.dead {
			w.end(true)
			return err
		}
	}
	w.end(false)
	_, err := w.b.ask(sdk.AbilityRemovePart, wire.BackendRemovePart, &wire.BackendCall{Target: &w.target, State: w.state})
	return err
}

func (w *writer) end(well bool) {
	if !w.closed {
		w.closed = true
		w.file.End(well && !w.dead)
	}
}

func total(bufs [][]byte) (n int64) {
	for _, b := range bufs {
		n += int64(len(b))
	}
	return n
}

// cut takes at most a block off the front. What is cut off is not copied.
func cut(bufs [][]byte) (group, rest [][]byte) {
	left := Block
	for i, b := range bufs {
		if len(b) > left {
			rest = append([][]byte{b[left:]}, bufs[i+1:]...)
			return append(bufs[:i:i], b[:left]), rest
		}
		left -= len(b)
	}
	return bufs, nil
}

// read fills buffers block by block. The end of the file is io.EOF.
func read(bufs [][]byte, ask func(group [][]byte, at int64) (int64, error)) (n int, err error) {
	for len(bufs) > 0 {
		var group [][]byte
		group, bufs = cut(bufs)
		got, err := ask(group, int64(n))
		if err != nil {
			return n, err
		}
		n += int(got)
		if got < total(group) {
			return n, io.EOF
		}
	}
	return n, nil
}
