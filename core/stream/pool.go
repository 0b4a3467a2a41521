package stream

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

const (
	// BufferSize is the size of a buffer, in bytes.
	BufferSize = 1 << 20
	// SmallSize is that of one lent while many transfers share the pool.
	SmallSize = 128 << 10
)

// trimEvery is how often the pool lets go of what nobody wanted meanwhile, and muchMemory how much must have gone, in
// bytes, for the system to be given it at once.
const (
	trimEvery  = 5 * time.Second
	muchMemory = 16 << 20
)

// Buffer is bytes that several may hold: BufferSize or, where that was agreed to, SmallSize. Whoever got or holds it
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
	budget int64 // bytes
	out    atomic.Int64
	used   atomic.Int64 // bytes of those that are out

	mu   sync.Mutex
	idle [2]shelf // of full buffers, of small ones
	kept int64    // bytes on the shelves
	gone int64    // bytes let go of since the system was given any
	trim bool     // it is due
}

// shelf is buffers of one size that nobody holds.
type shelf struct {
	bufs   []*Buffer
	unused int // the fewest since the last trim
}

// NewPool makes a pool for size buffers (at least 1): so many bytes it keeps at most. Once three quarters of them are in
// use it lends small buffers, and once all are it asks the transfers to hold less.
func NewPool(size int) *Pool { return &Pool{budget: int64(max(size, 1)) * BufferSize} }

// Get returns a full buffer held once. It never waits: beyond the pool's size it allocates.
func (p *Pool) Get() *Buffer { return p.lend(0, BufferSize) }

// Lend returns a buffer of at least n bytes held once: a small one while many are in use.
func (p *Pool) Lend(n int) *Buffer {
	if n <= SmallSize && p.used.Load()+BufferSize > p.budget/4*3 {
		return p.lend(1, SmallSize)
	}
	return p.Get()
}

func (p *Pool) lend(which, size int) *Buffer {
	p.out.Add(1)
	p.used.Add(int64(size))
	b := p.take(which)
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
	if p.kept+size <= p.budget {
		s := &p.idle[0]
		if size == SmallSize {
			s = &p.idle[1]
		}
		s.bufs = append(s.bufs, b)
		p.kept += size
	} else {
		p.gone += size
	}
	if !p.trim {
		p.trim = true
		time.AfterFunc(trimEvery, p.shrink)
	}
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
		left := len(s.bufs) - s.unused
		for _, b := range s.bufs[left:] {
			p.kept -= int64(len(b.B))
			p.gone += int64(len(b.B))
		}
		clear(s.bufs[left:])
		s.bufs = s.bufs[:left]
		s.unused = left
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
