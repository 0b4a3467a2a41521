package s3

import (
	"fmt"
	"os"
	"sync"

	"github.com/postern/postern/sdk"
)

// writer collects a file in buffers of the size of a part. The one that is filled is cur; those before it are parts,
// uploaded by goroutines of their own. Only what lies in memory can be written anew or read back.
type writer struct {
	b      *Backend
	target sdk.Target
	sync   sync.Mutex // held by Sync, Truncate and whatever ends the writer

	mu     sync.Mutex
	cond   sync.Cond // something below has changed
	begun  *begun    // what the store holds for the transfer; nil: nothing
	making bool      // begun is being made
	parts  []*part   // those before cur, in order and without a gap
	cur    *buffer
	flying int   // parts being uploaded
	held   *part // cut by the last WriteAt: its points are told only now
	point  int64 // the last sync point that was told; -1 none
	writes int   // counts WriteAt
	serial int   // of the last tail object
	broken error
	ended  bool    // closed, whatever of it is left
	done   bool    // nothing is left: committed, or discarded
	whole  *reader // of the finished upload, where that can be read

	durable int64 // what Sync said last
	state   []byte
	spoken  int // parts that it spoke of
}

// buffer is a stretch of the file in memory.
type buffer struct {
	start  int64
	data   []byte
	pooled bool
	busy   bool // a tail is made of it
	tail   *tail
}

func newBuffer(start int64) *buffer { return &buffer{start: start, tail: &tail{end: start}} }

func (c *buffer) end() int64 { return c.start + int64(len(c.data)) }

// part is a stretch of the file that has become, or becomes, a part of the upload.
type part struct {
	start, end int64
	mem        *buffer // nil: no longer in memory
	tail       *tail
	etag, crc  string
	done       bool
}

func newWriter(b *Backend, t sdk.Target) *writer {
	w := &writer{b: b, target: t, point: -1, cur: newBuffer(0)}
	w.cond.L = &w.mu
	return w
}

// usable returns why the writer cannot be used; mu is held.
func (w *writer) usable() error {
	if w.ended {
		return sdk.Refuse(sdk.DataIO, "the temporary file is closed").Because(os.ErrClosed)
	}
	return w.broken
}

// WriteAt takes bytes at the end of what was written, or over what is still in memory. It waits while too many parts
// are being uploaded.
func (w *writer) WriteAt(bufs [][]byte, off int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	w.letGo()
	w.writes++
	if err := w.reach(off); err != nil {
		return err
	}
	for _, b := range bufs {
		for len(b) > 0 {
			if err := w.room(); err != nil {
				return err
			}
			at := int(off - w.cur.start)
			n := min(len(b), cap(w.cur.data)-at)
			w.cur.data = w.cur.data[:max(len(w.cur.data), at+n)]
			copy(w.cur.data[at:], b[:n])
			b, off = b[n:], off+int64(n)
		}
		if err := w.usable(); err != nil {
			return err
		}
	}
	return nil
}

// reach makes off a place that can be written to: in memory, with zeros before it where nothing was written.
func (w *writer) reach(off int64) error {
	switch {
	case off < 0:
		return sdk.Refuse(sdk.DataIO, "write at %d: no such place", off)
	case off < w.cur.start:
		return sdk.Refuse(sdk.DataIO, "write at %d: the bytes before %d are in the store; a file is written there from front to back", off, w.cur.start)
	case off > w.cur.end()+w.b.pool.size:
		return sdk.Refuse(sdk.DataIO, "write at %d: the file has %d bytes; a file is written in the store from front to back", off, w.cur.end())
	}
	if off < w.cur.tail.end {
		w.cur.tail = &tail{end: w.cur.start}
	}
	for w.cur.end() < off {
		if err := w.room(); err != nil {
			return err
		}
		was := len(w.cur.data)
		w.cur.data = w.cur.data[:min(cap(w.cur.data), int(off-w.cur.start))]
		clear(w.cur.data[was:])
	}
	return nil
}

// room makes cur have room for at least a byte.
func (w *writer) room() error {
	c := w.cur
	if len(c.data) < cap(c.data) {
		return nil
	}
	if !c.pooled {
		return w.grow(c)
	}
	w.letGo()
	if err := w.cut(w.cutAt()); err != nil {
		return err
	}
	w.held = w.parts[len(w.parts)-1]
	return nil
}

// grow gives a file that stays small a small buffer, and any other one of the pool.
func (w *writer) grow(c *buffer) error {
	if c.data == nil && (w.target.Size < 0 || w.target.Size <= smallFile) && len(w.parts) == 0 {
		size := int64(smallFile)
		if w.target.Size > 0 {
			size = w.target.Size
		} else {
			size = 32 << 10
		}
		c.data = make([]byte, 0, size)
		return nil
	}
	if next := 4 * cap(c.data); next <= smallFile && next > 0 {
		c.data = append(make([]byte, 0, next), c.data...)
		return nil
	}
	big, err := w.lend()
	if err != nil {
		return err
	}
	c.data, c.pooled = append(big, c.data...), true
	return nil
}

// lend waits for a buffer: first until this file has not too many, then for the pool. mu is let go meanwhile.
func (w *writer) lend() ([]byte, error) {
	for w.inMemory() >= w.b.settings.Parallel+spare-1 && w.usable() == nil {
		w.cond.Wait()
	}
	if err := w.usable(); err != nil {
		return nil, err
	}
	w.mu.Unlock()
	b := w.b.pool.take(func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.usable() != nil
	})
	w.mu.Lock()
	if b == nil {
		return nil, w.usable()
	}
	if err := w.usable(); err != nil {
		w.b.pool.put(b)
		return nil, err
	}
	return b, nil
}

func (w *writer) inMemory() (n int) {
	for _, p := range w.parts {
		if p.mem != nil {
			n++
		}
	}
	return n
}

// cutAt says where a full buffer is cut: at the last sync point in it, so that a restart there needs no more than whole
// parts, unless the part would be too small for that.
func (w *writer) cutAt() int64 {
	c := w.cur
	if w.point < c.end() && w.point-c.start >= max(MinPart, w.b.pool.size/2) {
		return w.point
	}
	return c.end()
}

// cut makes a part of what cur has before at, and begins a new buffer with the rest.
func (w *writer) cut(at int64) error {
	if len(w.parts) >= maxParts-1 {
		return sdk.Refuse(sdk.FileSize, "the file has more than %d parts; the backend needs a larger part_size", maxParts)
	}
	c, rest := w.cur, newBuffer(at)
	n := int(at - c.start)
	rest.data = append(rest.data, c.data[n:]...) // it moves to a buffer of the pool when that has one
	c.data = c.data[:n]
	w.cur = rest
	w.parts = append(w.parts, &part{start: c.start, end: at, mem: c, tail: c.tail})
	w.launch(len(w.parts) - 1)
	w.cond.Broadcast()
	return nil
}

// Point tells that a sync point was put behind the first off bytes. It comes between the WriteAt that brought them and
// the next one.
func (w *writer) Point(off int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.point = off
	w.trim()
	w.cond.Broadcast()
}

// letGo ends the time in which points of the last part may be told.
func (w *writer) letGo() {
	w.held = nil
	w.trim()
}

// trim gives back the memory of parts that are in the store, except one that holds a sync point that is not.
func (w *writer) trim() {
	for _, p := range w.parts {
		if p.mem == nil || !p.done || p == w.held || p.mem.busy || w.pinned(p) {
			continue
		}
		w.drop(p.mem)
		p.mem = nil
	}
	w.cond.Broadcast()
}

// pinned reports whether a part holds a sync point that is only in memory. Where points are not kept on the way, nothing
// would ever let go of it.
func (w *writer) pinned(p *part) bool {
	keeps := w.target.Durability == sdk.DurabilitySync || w.target.Durability == ""
	return keeps && p.start < w.point && w.point < p.end && p.tail.end < w.point
}

func (w *writer) drop(c *buffer) {
	if c.pooled {
		w.b.pool.put(c.data)
	}
	c.data, c.pooled = nil, false
}

// fail breaks the writer for good; mu is held.
func (w *writer) fail(doing string, err error) error {
	if w.broken == nil {
		w.broken = failed(doing, err)
		w.cond.Broadcast()
		w.b.pool.wake()
	}
	return w.broken
}

// settle waits until no part is being uploaded; mu is held.
func (w *writer) settle() {
	for w.flying > 0 {
		w.cond.Wait()
	}
}

// Truncate goes back to a place in memory, to the end of a part, or to one that a tail reaches. Everything else is lost:
// the store does not give back what is in a part. The transfer then begins anew, as Resume will say.
func (w *writer) Truncate(off int64) error {
	w.sync.Lock()
	defer w.sync.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if has := w.cur.end(); off < 0 || off > has {
		return sdk.Refuse(sdk.DataIO, "cut the temporary file at %d: it has %d bytes", off, has)
	}
	w.settle()
	if err := w.usable(); err != nil {
		return err
	}
	w.held = nil
	defer func() { w.point = min(w.point, off); w.trim() }()
	if off < w.cur.start {
		if err := w.back(off); err != nil {
			return err
		}
	}
	c := w.cur
	c.data = c.data[:off-c.start]
	if c.tail.end > off {
		c.tail = &tail{end: c.start}
	}
	return nil
}

// back takes parts back until cur holds off.
func (w *writer) back(off int64) error {
	k := len(w.parts)
	for k > 0 && w.parts[k-1].start >= off {
		k--
	}
	if k > 0 && w.parts[k-1].end > off {
		k--
		p := w.parts[k]
		if p.mem == nil {
			data, err := w.b.readTail(w.target.ID, *p.tail)
			if err != nil {
				return failed("read the bytes before the point", err)
			}
			if p.start+int64(len(data)) < off {
				return w.lose(off)
			}
			p.mem = &buffer{start: p.start, data: data, tail: p.tail}
		}
	}
	w.drop(w.cur)
	w.cur = newBuffer(off)
	if k < len(w.parts) && w.parts[k].start < off {
		w.cur, w.parts[k].mem = w.parts[k].mem, nil
	}
	for _, p := range w.parts[k:] {
		if p.mem != nil {
			w.drop(p.mem)
		}
	}
	w.parts = w.parts[:k]
	w.spoken = min(w.spoken, k)
	return nil
}

// lose gives the transfer up: nothing of it may be taken for whole.
func (w *writer) lose(off int64) error {
	w.broken = sdk.Refuse(sdk.DataIO, "byte %d lies within a part and cannot be reached any more; the file begins anew", off)
	if err := w.remove(); err != nil {
		return fmt.Errorf("%w (and %w)", w.broken, err)
	}
	return w.broken
}
