package s3

import "sync"

// spare is how many buffers a file may hold beside those that are uploaded: the one that is filled, and one that holds a
// sync point that is not in the store yet.
const spare = 2

// smallFile is what a file's first buffer has, in bytes. Only one that outgrows it takes a buffer of the pool.
const smallFile = 256 << 10

// pool lends buffers of the size of a part to all files of a backend. When all are lent, files wait for one another.
type pool struct {
	size  int64
	limit int

	mu   sync.Mutex
	cond sync.Cond
	lent int
	free [][]byte
}

func newPool(size, memory int64) *pool {
	p := &pool{size: size, limit: int(memory / size)}
	p.cond.L = &p.mu
	return p
}

// take waits for a buffer, empty and with room for a part. It returns nil when stop says so; wake has it ask again.
func (p *pool) take(stop func() bool) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.lent >= p.limit {
		if stop() {
			return nil
		}
		p.cond.Wait()
	}
	p.lent++
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return make([]byte, 0, p.size)
}

// keptFree is how many buffers the pool keeps while nobody wants them.
const keptFree = 4

func (p *pool) put(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lent--
	if len(p.free) < keptFree {
		p.free = append(p.free, b[:0])
	}
	p.cond.Broadcast()
}

func (p *pool) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cond.Broadcast()
}
