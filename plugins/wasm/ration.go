package wasm

import (
	"context"
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// DefaultShared is how many bytes of linear memory all instances behind one gate may have together. The limit of one
// instance bounds nothing when there are many exits, calls and transfers at once.
const DefaultShared = 4 << 30

// ration is the linear memory that all instances behind a gate share.
type ration struct {
	most atomic.Int64 // bytes
	used atomic.Int64
}

// take counts n bytes more; false: there are not so many left.
func (r *ration) take(n int64) bool {
	if r.used.Add(n) > r.most.Load() {
		r.used.Add(-n)
		return false
	}
	return true
}

// portion is the memory of one instance, out of a ration. A module's memory.grow fails when there is no more, which it
// may do at any time. The bytes are Go's own, so that a view of them can be read after the instance's end.
type portion struct {
	ration  *ration
	bytes   []byte
	counted int64
	spare   region // others fill it and write it out while the module runs: where it moves to, nothing is copied
}

// portion takes what an instance begins with; nil: there is not so much left.
func (r *ration) portion(least int64) *portion {
	if !r.take(least) {
		return nil
	}
	return &portion{ration: r, counted: least}
}

// within gives a context under which the runtime takes a new instance's memory from the portion.
func (p *portion) within(ctx context.Context) context.Context {
	return experimental.WithMemoryAllocator(ctx, p)
}

// Allocate is called once, for the instance's memory.
func (p *portion) Allocate(capacity, _ uint64) experimental.LinearMemory {
	p.bytes = make([]byte, 0, capacity)
	return p
}

// Reallocate gives the memory in a larger size, with zeros behind what was there; nil: there is no more.
func (p *portion) Reallocate(size uint64) []byte {
	if more := int64(size) - p.counted; more > 0 {
		if !p.ration.take(more) {
			return nil
		}
		p.counted += more
	}
	p.bytes = p.grown(int(size))
	return p.bytes
}

// grown is the memory in a larger size. Whoever has a view of the spare block goes on with that view.
func (p *portion) grown(size int) []byte {
	if size <= cap(p.bytes) || p.spare.size == 0 {
		return append(p.bytes, make([]byte, size-len(p.bytes))...)
	}
	to := make([]byte, size, size+size/4)
	from := p.spare.ptr + p.spare.size
	copy(to, p.bytes[:p.spare.ptr])
	copy(to[from:], p.bytes[from:])
	return to
}

// Free does nothing: the instance gives its portion back when it is closed, which happens whatever went wrong before.
func (p *portion) Free() {}

func (p *portion) giveBack() {
	p.ration.used.Add(-p.counted)
	p.counted, p.bytes = 0, nil
}
