package memory

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path"
	"sync"

	"github.com/postern/postern/sdk"
)

// state is what Sync returns.
type state struct {
	Serial uint64 `json:"serial"`
	Size   int64  `json:"size"`
}

func decodeState(b []byte) (s state, err error) {
	if len(b) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(b, &s); err != nil || s.Size < 0 {
		return s, sdk.Refuse(sdk.FileOpen, "the state of the temporary file is not ours").Because(err)
	}
	return s, nil
}

type writer struct {
	backend *Backend
	target  sdk.Target
	part    *part
	syncing sync.Mutex // held by Sync, Truncate and whatever ends the writer

	mu     sync.Mutex
	broken error
	closed bool
}

// usable returns why the writer cannot be used.
func (w *writer) usable() error {
	w.backend.mu.Lock()
	dead := w.backend.dead
	w.backend.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if dead || w.closed {
		return sdk.Refuse(sdk.DataIO, "the temporary file is closed").Because(os.ErrClosed)
	}
	return w.broken
}

func (w *writer) WriteAt(bufs [][]byte, off int64) error {
	if err := w.usable(); err != nil {
		return err
	}
	if err := w.backend.Faults.next(&w.backend.Faults.write); err != nil {
		return sdk.ToRefusal(err, sdk.DataIO)
	}
	end := off
	for _, b := range bufs {
		end += int64(len(b))
	}
	if off < 0 || end < off || end > math.MaxInt {
		return sdk.Refuse(sdk.DataIO, "write at %d: no such place", off)
	}
	if err := w.grow(end); err != nil {
		return err
	}
	p := w.part
	p.mu.Lock()
	defer p.mu.Unlock()
	if more := end - int64(len(p.data)); more > 0 && end > off {
		p.data = append(p.data, make([]byte, more)...)
	}
	for _, b := range bufs {
		off += int64(copy(p.data[off:], b))
	}
	p.modified = w.backend.settings.Now()
	return nil
}

func (w *writer) grow(end int64) error {
	b := w.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	more := end - w.part.claimed
	if more <= 0 {
		return nil
	}
	if more > b.free() {
		return sdk.Refuse(sdk.DataSpace, "%d more bytes are wanted, %d are free", more, b.free())
	}
	w.part.claimed = end
	return nil
}

// Sync covers what was written when it is called, however long BlockSync holds it up.
func (w *writer) Sync() (int64, []byte, error) {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	if err := w.usable(); err != nil {
		return 0, nil, err
	}
	durable := w.part.size()
	w.backend.Faults.wait()
	if err := w.backend.Faults.next(&w.backend.Faults.sync); err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.broken = sdk.ToRefusal(err, sdk.DataIO)
		return 0, nil, w.broken
	}
	if err := w.usable(); err != nil {
		return 0, nil, err
	}
	w.backend.mu.Lock()
	w.part.durable = durable
	w.backend.mu.Unlock()
	kept, err := json.Marshal(state{Serial: w.part.serial, Size: durable})
	return durable, kept, err
}

func (w *writer) Truncate(off int64) error {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	p := w.part
	p.mu.Lock()
	defer p.mu.Unlock()
	if off < 0 || off > int64(len(p.data)) {
		return sdk.Refuse(sdk.DataIO, "cut the temporary file at %d: it has %d bytes", off, len(p.data))
	}
	clear(p.data[off:])
	p.data = p.data[:off]
	return nil
}

// ReadAt reads back what was written.
func (w *writer) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, os.ErrInvalid
	}
	w.part.mu.RLock()
	defer w.part.mu.RUnlock()
	return readAt(w.part.data, b, off)
}

func (w *writer) Commit(rule sdk.OnExists) (string, error) {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	defer w.close()
	if err := w.usable(); err != nil {
		return "", err
	}
	if err := w.backend.Faults.next(&w.backend.Faults.commit); err != nil {
		return "", sdk.ToRefusal(err, sdk.DataIO)
	}
	b := w.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dead {
		return "", sdk.Refuse(sdk.DataIO, "commit").Because(os.ErrClosed)
	}
	name := w.target.Path
	if rule == sdk.ExistsUnique {
		dir, last := path.Split(name)
		for n := 1; b.files[name] != nil || b.isFolder(name); n++ {
			name = dir + sdk.Sibling(last, n)
		}
	}
	if err := b.mayTake(name, rule); err != nil {
		return "", err
	}
	delete(b.parts, w.part.path)
	b.files[name] = w.part.file
	return name, nil
}

// close is called without b.mu held, or deferred before it is taken.
func (w *writer) close() {
	w.mu.Lock()
	was := w.closed
	w.closed = true
	w.mu.Unlock()
	if was {
		return
	}
	w.backend.mu.Lock()
	defer w.backend.mu.Unlock()
	w.part.open = false
	w.part.claimed = w.part.size()
}

func (w *writer) Close() error {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	w.close()
	return nil
}

func (w *writer) Discard() error {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	w.close()
	b := w.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.parts[w.part.path] == w.part && !w.part.open && !b.dead {
		delete(b.parts, w.part.path)
	}
	return nil
}

func readAt(data, b []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(data)) {
		n = copy(b, data[off:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
