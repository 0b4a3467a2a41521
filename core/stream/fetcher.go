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
	// Filters, if any, take the stored file from its beginning: their peer reads what comes out, from its beginning and one
	// part after the other. The fetcher closes them.
	Filters Filters
	// Gap and Max are what sdk.Framer answered: Gap bytes are left before the payload of each part, which has Max bytes at
	// most. With Max 0 there is no gap, and MaxPart is the most.
	Gap, Max int
	Pool     *Pool
	Budget   *Budget
	Bug      Bug // nil: nobody is told
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
	pour   *pour // of a file with filters; nil: the parts are those of the stored file

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

// NewFetcher begins. It fails when the options are wrong; it then closed nothing.
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
	switch {
	case o.Filters != nil:
		if err := f.filtered(); err != nil {
			return nil, fmt.Errorf("fetch a file: %w", err)
		}
	case o.Digest:
		f.hash = sha256.New()
	}
	f.work.L = &f.mu
	o.Pool.join()
	f.done.Go(f.read)
	return f, nil
}

// Want asks for n bytes at an offset. The answers come from Next in any order, each once; they are shorter at the end of
// the file, and where n is more than a part holds. It fails where a file with filters is not read in order; that part has
// no answer then.
func (f *Fetcher) Want(tag uint32, at int64, n int) error {
	n = max(min(n, f.most), 0)
	f.mu.Lock()
	defer f.mu.Unlock()
	if at >= f.size {
		f.give(tag, nil, frame{at: at}, nil)
		return nil
	}
	if f.pour != nil {
		if err := f.pour.follows(at, n); err != nil {
			return err
		}
	}
	f.wants = append(f.wants, want{tag, max(at, 0), n})
	f.serve()
	if len(f.wants) > 0 {
		f.work.Signal()
	}
	return nil
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

// Had notes that the bytes before an offset went out in an earlier attempt. It comes before any part. A file with filters
// is read anew.
func (f *Fetcher) Had(before int64) {
	if f.pour == nil {
		f.seen.add(0, min(before, f.size))
	}
}

// Prefix is how many bytes from the beginning on went out without a hole, for another attempt to go on behind them.
func (f *Fetcher) Prefix() int64 {
	if f.pour != nil {
		return 0
	}
	return f.seen.prefix()
}

// Payload is how many bytes of the file a part bears.
func (p *Part) Payload() int { return p.n }

// Whole reports whether every byte of the file went out.
func (f *Fetcher) Whole() bool {
	size := f.Size()
	return size >= 0 && f.seen.prefix() >= size
}

// Sent is how many bytes of the file went out at least once, and Size how many it has.
func (f *Fetcher) Sent() (n int64) {
	for _, e := range f.seen.list {
		n += e.to - e.from
	}
	return n
}

// Size is how long the file was when it was opened. What comes out of filters has a size once its end was read; until
// then it is -1.
func (f *Fetcher) Size() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.size == unknownSize {
		return -1
	}
	return f.size
}

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

// Settled gives what the file was once its digest is complete.
func (f *Fetcher) Settled() (total Totals, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.whole:
		return Totals{}, false, nil
	case f.pour != nil:
		return f.pour.totals(), true, f.err
	}
	return Totals{File: f.size, Wire: f.size, SHA256: sumOf(f.hash)}, true, f.err
}

// Close ends the reading and waits for it; the reader stays open. It returns the tags of those parts that were wanted and
// not taken: nobody answers them any more. Parts taken earlier are still to be released. Twice is no error.
func (f *Fetcher) Close() (tags []uint32) {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		f.o.Pool.leave()
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
	if f.o.Filters != nil {
		_ = f.o.Filters.Close() // what a filter says of its end changes nothing any more
	}
	return tags
}
