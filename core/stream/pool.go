package stream

import (
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

const (
	// BufferSize is the size of a buffer, in bytes.
	BufferSize = 1 << 20
	// MiddleSize is that of one lent while many transfers share the pool, SmallSize while very many do.
	MiddleSize = 256 << 10
	SmallSize  = 128 << 10
)

// A transfer is lent full buffers while its share of the pool's budget is good for a few of them, one that is read into
// and some that are written, and middle ones while it is good for two.
const (
	fullShare   = 4 * BufferSize
	middleShare = 2 * MiddleSize
)

// sizes are those of the shelves.
var sizes = [...]int{BufferSize, MiddleSize, SmallSize}

// trimEvery is how often the pool lets go of what nobody wanted meanwhile, and muchMemory how much must have gone, in
// bytes, for the system to be given it at once.
const (
	trimEvery  = 5 * time.Second
	muchMemory = 16 << 20
)

// Buffer is bytes that several may hold: BufferSize or, where that was agreed to, MiddleSize or SmallSize. Whoever got or holds it
// releases it once; the last release gives it back to its pool.
type Buffer struct {
	B    []byte
	refs atomic.Int32
	pool *Pool
}

// Hold adds a holder.
func (b *Buffer) Hold() { b.refs.Add(1) }

// Release ends one holder's claim. The bytes must not be touched afterwards.
func (b *Buffer) Release() {
	switch n := b.refs.Add(-1); {
	case n == 0:
		b.pool.put(b)
	case n < 0:
		panic("stream: a buffer was released more often than it was held")
	}
}

// contains reports whether span lies inside the buffer's bytes.
func (b *Buffer) contains(span []byte) bool {
	if b == nil || len(span) == 0 {
		return false
	}
	at, start := uintptr(unsafe.Pointer(unsafe.SliceData(span))), uintptr(unsafe.Pointer(unsafe.SliceData(b.B)))
	return at >= start && at+uintptr(len(span)) <= start+uintptr(len(b.B))
}

// Pool hands out buffers and keeps the released ones for the next transfer. It is shared by all transfers of a server.
// It never makes anybody wait: while many transfers share it their buffers are smaller, and what a burst took is given
// back when it is over.
type Pool struct {
	budget  int64 // bytes
	out     atomic.Int64
	used    atomic.Int64 // bytes of those that are out
	sharing atomic.Int64 // transfers

	mu   sync.Mutex
	idle [len(sizes)]shelf
	kept int64 // bytes on the shelves
	gone int64 // bytes let go of since the system was given any
	trim bool  // it is due
}

// shelf is buffers of one size that nobody holds.
type shelf struct {
	bufs   []*Buffer
	unused int // the fewest since the last trim
}

// NewPool makes a pool for size buffers (at least 1): so many bytes it keeps at most. What it lends is the smaller the more
// transfers share that, and once all of it is in use it asks them to hold less.
func NewPool(size int) *Pool { return &Pool{budget: int64(max(size, 1)) * BufferSize} }

// Get returns a full buffer held once. It never waits: beyond the pool's size it allocates.
func (p *Pool) Get() *Buffer { return p.lend(BufferSize) }

// join and leave say how many transfers share the pool.
func (p *Pool) join()  { p.sharing.Add(1) }
func (p *Pool) leave() { p.sharing.Add(-1) }

// Lend returns a buffer of at least n bytes held once: a smaller one while many transfers share the pool. All of them get
// the same size, as long as the budget is not used up, so that what one gives back fits the next.
func (p *Pool) Lend(n int) *Buffer {
	share := p.budget / max(p.sharing.Load(), 1)
	switch {
	case n > MiddleSize || share >= fullShare:
		return p.lend(BufferSize)
	case n > SmallSize || share >= middleShare && !p.short():
		return p.lend(MiddleSize)
	}
	return p.lend(SmallSize)
}

func (p *Pool) lend(size int) *Buffer {
	p.out.Add(1)
	p.used.Add(int64(size))
	b := p.take(slices.Index(sizes[:], size))
	if b == nil {
		b = &Buffer{B: make([]byte, size), pool: p}
	}
	b.refs.Store(1)
	return b
}

// take finds a buffer that nobody holds; nil: there is none.
func (p *Pool) take(which int) *Buffer {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.idle[which]
	n := len(s.bufs) - 1
	if n < 0 {
		return nil
	}
	b := s.bufs[n]
	s.bufs[n], s.bufs = nil, s.bufs[:n]
	s.unused = min(s.unused, n)
	p.kept -= int64(len(b.B))
	return b
}

func (p *Pool) put(b *Buffer) {
	size := int64(len(b.B))
	p.out.Add(-1)
	p.used.Add(-size)
	p.mu.Lock()
	defer p.mu.Unlock()
	which := slices.Index(sizes[:], len(b.B))
	p.makeRoom(which)
	if p.kept+size <= p.budget {
		p.idle[which].bufs = append(p.idle[which].bufs, b)
		p.kept += size
	} else {
		p.gone += size
	}
	if !p.trim {
		p.trim = true
		time.AfterFunc(trimEvery, p.shrink)
	}
}

// makeRoom lets go of a buffer of another size when there is no room for one more of this size, which is what is lent now.
func (p *Pool) makeRoom(which int) {
	for i := range p.idle {
		s := &p.idle[i]
		for p.kept+int64(sizes[which]) > p.budget && i != which && len(s.bufs) > 0 {
			p.drop(s, len(s.bufs)-1)
		}
	}
}

// drop lets go of the buffers of a shelf from one on.
func (p *Pool) drop(s *shelf, from int) {
	for _, b := range s.bufs[from:] {
		p.kept -= int64(len(b.B))
		p.gone += int64(len(b.B))
	}
	clear(s.bufs[from:])
	s.bufs = s.bufs[:from]
	s.unused = min(s.unused, from)
}

// shrink lets go of the buffers that nobody has wanted since the last time, and gives the memory of a burst that is over
// back to the system: nobody else would for minutes, since a server that rests collects no garbage.
func (p *Pool) shrink() {
	if p.letGo() >= muchMemory {
		debug.FreeOSMemory()
	}
}

// letGo says how many bytes the system is to be given now.
func (p *Pool) letGo() (bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.idle {
		s := &p.idle[i]
		p.drop(s, len(s.bufs)-s.unused)
		s.unused = len(s.bufs)
	}
	if p.used.Load() < p.budget/2 && p.gone >= muchMemory {
		bytes, p.gone = p.gone, 0
	}
	if p.trim = p.kept > 0 || p.gone >= muchMemory; p.trim {
		time.AfterFunc(trimEvery, p.shrink)
	}
	return bytes
}

// InUse is the number of buffers that somebody holds.
func (p *Pool) InUse() int { return int(p.out.Load()) }

// short reports whether more bytes are in use than the pool was made for.
func (p *Pool) short() bool { return p.used.Load() > p.budget }
