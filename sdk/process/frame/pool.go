package frame

import (
	"sync"

	"google.golang.org/grpc/mem"
)

// Pool lends memory for blocks of a file. gRPC's own pool has no size near a block, and wipes what it lends.
type Pool struct{ free sync.Pool }

// Get lends at least a block's memory, of the given length.
func (p *Pool) Get(length int) *[]byte {
	b, ok := p.free.Get().(*[]byte)
	if !ok || cap(*b) < length {
		fresh := make([]byte, max(length, Block))
		b = &fresh
	}
	*b = (*b)[:length]
	return b
}

// Put takes memory back.
func (p *Pool) Put(b *[]byte) { p.free.Put(b) }

// Copy makes a buffer that holds a copy.
func (p *Pool) Copy(b []byte) mem.Buffer {
	if len(b) == 0 {
		return nil
	}
	lent := p.Get(len(b))
	copy(*lent, b)
	return mem.NewBuffer(lent, p)
}
