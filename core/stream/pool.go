package stream

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// BufferSize is the size of every buffer, in bytes.
const BufferSize = 1 << 20

// Buffer is BufferSize bytes that several may hold. Whoever got or holds it releases it once; the last release gives it
// back to its pool.
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
type Pool struct {
	size int
	mu   sync.Mutex
	idle []*Buffer
	out  atomic.Int64
}

// NewPool makes a pool for size buffers (at least 1). It keeps at most that many idle, and asks the transfers to hold
// less while more than that are in use.
func NewPool(size int) *Pool { return &Pool{size: max(size, 1)} }

// Get returns a buffer held once. It never waits: beyond the pool's size it allocates.
func (p *Pool) Get() *Buffer {
	p.out.Add(1)
	p.mu.Lock()
	n := len(p.idle)
	if n == 0 {
		p.mu.Unlock()
		b := &Buffer{B: make([]byte, BufferSize), pool: p}
		b.refs.Store(1)
		return b
	}
	b := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	p.mu.Unlock()
	b.refs.Store(1)
	return b
}

func (p *Pool) put(b *Buffer) {
	p.out.Add(-1)
	p.mu.Lock()
	if len(p.idle) < p.size {
		p.idle = append(p.idle, b)
	}
	p.mu.Unlock()
}

// InUse is the number of buffers that somebody holds.
func (p *Pool) InUse() int { return int(p.out.Load()) }

// short reports whether more buffers are in use than the pool was made for.
func (p *Pool) short() bool { return p.out.Load() > int64(p.size) }
