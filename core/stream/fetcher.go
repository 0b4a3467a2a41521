package stream

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"sync"

	"github.com/postern/postern/sdk"
)

// FetcherOptions say how parts of a file are read for a peer that says which it wants.
type FetcherOptions struct {
	Reader sdk.Reader
	Digest bool
	// Gap and Max are what sdk.Framer answered: Gap bytes are left before the payload of each part, which has Max bytes at
	// most. With Max 0 there is no gap, and MaxPart is the most.
	Gap, Max int
	Pool     *Pool
	Budget   *Budget
	// Wake is called when Next may give something. It must not block.
	Wake func()
}

// MaxPart is the most that one part holds where the dialogue says nothing else, in bytes.
const MaxPart = 256 << 10

// Fetcher reads the parts of a file that a peer wants, in any order, and reads ahead while it wants one after the other.
// Its methods come from one goroutine and never wait for I/O (Close does).
type Fetcher struct {
	o    FetcherOptions
	size int64
	most int

	mu     sync.Mutex
	work   sync.Cond
	wants  []want  // not served yet
	ready  []*Part // served and not taken
	ahead  []*block
	spare  []*Part
	next   int64 // where a peer that reads one part after the other goes on
	unit   int   // length of its parts
	steps  int   // parts that it read so
	reads  bool  // a read is under way
	closed bool
	quit   chan struct{}
	settle bool // Settle was called
	whole  bool // it is done
	err    error
	hash   hash.Hash // nil: no digest; of the goroutine alone
	hashed int64

	seen extents // of the loop: what was taken
	done sync.WaitGroup
}

// want is a part that was asked for.
type want struct {
	tag uint32
	at  int64
	n   int
}

// Part is an answer.
type Part struct {
	Tag   uint32
	At    int64
	Bytes []byte // the gap and the payload; nil: nothing lies there
	Err   error  // a refusal; nothing else is in the part then
	// Release gives the part back, once.
	Release func()

	f *Fetcher
	b *block
	n int // of payload
}

// NewFetcher begins. It fails when the options are wrong.
func NewFetcher(o FetcherOptions) (*Fetcher, error) {
	if o.Reader == nil || o.Pool == nil || o.Budget == nil || o.Wake == nil {
		return nil, errors.New("fetch a file: a reader, a pool, a budget and a way to wake the loop are needed")
	}
	if o.Gap < 0 || o.Max < 0 || o.Max == 0 && o.Gap > 0 || o.Gap+o.Max > BufferSize {
		return nil, fmt.Errorf("fetch a file: a gap of %d bytes before %d does not fit", o.Gap, o.Max)
	}
	f := &Fetcher{o: o, size: o.Reader.Info().Size, most: o.Max, quit: make(chan struct{})}
	if f.most == 0 {
		f.most = MaxPart
	}
	if o.Digest {
		f.hash = sha256.New()
	}
	f.work.L = &f.mu
	f.done.Go(f.read)
	return f, nil
}

// Want asks for n bytes at an offset. The answers come from Next in any order, each once; they are shorter at the end of
// the file, and where n is more than a part holds.
func (f *Fetcher) Want(tag uint32, at int64, n int) {
	n = max(min(n, f.most), 0)
	f.mu.Lock()
	defer f.mu.Unlock()
	if at >= f.size {
		f.give(tag, nil, frame{at: at}, nil)
		return
	}
	f.wants = append(f.wants, want{tag, max(at, 0), n})
	f.serve()
	if len(f.wants) > 0 {
		f.work.Signal()
	}
}

// Next gives a part that was read; ok is false when there is none now.
func (f *Fetcher) Next() (p *Part, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ready) == 0 {
		return nil, false
	}
	p = f.ready[0]
	n := copy(f.ready, f.ready[1:])
	f.ready[n] = nil
	f.ready = f.ready[:n]
	return p, true
}

// Said notes that a part went out. It belongs to the loop, like Whole.
func (f *Fetcher) Said(p *Part) { f.seen.add(p.At, p.At+int64(p.n)) }

// Had notes that the bytes before an offset went out in an earlier attempt. It comes before any part.
func (f *Fetcher) Had(before int64) { f.seen.add(0, min(before, f.size)) }

// Prefix is how many bytes from the beginning on went out without a hole.
func (f *Fetcher) Prefix() int64 { return f.seen.prefix() }

// Payload is how many bytes of the file a part bears.
func (p *Part) Payload() int { return p.n }

// Whole reports whether every byte of the file went out.
func (f *Fetcher) Whole() bool { return f.seen.prefix() >= f.size }

// Sent is how many bytes of the file went out at least once, and Size how many it has.
func (f *Fetcher) Sent() (n int64) {
	for _, e := range f.seen.list {
		n += e.to - e.from
	}
	return n
}

// Size is how long the file was when it was opened.
func (f *Fetcher) Size() int64 { return f.size }

// Reading reports whether the peer waits for a read.
func (f *Fetcher) Reading() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.wants) > 0 || f.reads
}

// Settle has the digest completed: of what was not read in order it reads the rest. Settled tells when.
func (f *Fetcher) Settle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle = true
	f.work.Signal()
}

// Settled gives the digest once it is complete; "" where none is wanted.
func (f *Fetcher) Settled() (sum string, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.whole {
		return "", false, nil
	}
	return sumOf(f.hash), true, f.err
}

// Close ends the reading and waits for it; the reader stays open. It returns the tags of those parts that were wanted and
// not taken: nobody answers them any more. Parts taken earlier are still to be released. Twice is no error.
func (f *Fetcher) Close() (tags []uint32) {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.quit)
	}
	f.work.Signal()
	f.mu.Unlock()
	f.done.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.wants {
		tags = append(tags, w.tag)
	}
	for _, p := range f.ready {
		tags = append(tags, p.Tag)
		f.drop(p)
	}
	f.wants, f.ready = nil, nil
	f.forget()
	return tags
}
