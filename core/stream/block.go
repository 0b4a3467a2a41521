package stream

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/postern/postern/sdk"
)

// block is a buffer with parts of a file that lie one behind the other.
type block struct {
	buf    *Buffer
	at     int64 // of the first part that nobody has taken
	frames []frame
	refs   atomic.Int32
	tokens chan struct{} // the budget that it counts against
}

// frame is one part of a block.
type frame struct {
	at    int64
	bytes []byte // gap and payload
	n     int    // of payload
}

func (b *block) unref() {
	if b.refs.Add(-1) == 0 {
		b.buf.Release()
		<-b.tokens
	}
}

// errQuit says that the fetcher was closed.
var errQuit = errors.New("the fetch was closed")

// Budget bounds the buffers of all fetchers of a session.
type Budget struct{ wanted, ahead chan struct{} }

const (
	blocksWanted = 4 // buffers of parts that were asked for
	blocksAhead  = 4 // and of those that may be
	aheadOfOne   = 2 // of one file
	stride       = 3 // parts one after the other before more is read than was asked for
)

// NewBudget makes a session's budget.
func NewBudget() *Budget {
	return &Budget{wanted: make(chan struct{}, blocksWanted), ahead: make(chan struct{}, blocksAhead)}
}

// read is the fetcher's goroutine.
func (f *Fetcher) read() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		for !f.closed && len(f.wants) == 0 && !f.settle && !f.aheadDue() {
			f.work.Wait()
		}
		switch {
		case f.closed:
			return
		case len(f.wants) > 0:
			f.fetch()
		case f.settle:
			f.settle = false
			f.complete()
		case !f.readAhead():
			f.steps = 0 // no room for it: until the peer has gone on for a while
		}
	}
}

// fetch reads the parts that were wanted first. The caller holds mu; it is let go for the I/O.
func (f *Fetcher) fetch() {
	first := f.wants[0]
	b := &block{at: first.at, tokens: f.o.Budget.wanted}
	taken, end, room := 0, first.at, BufferSize
	var tags []uint32
	for _, w := range f.wants {
		n := int(max(min(int64(w.n), f.size-w.at), 0))
		if w.at != end || f.o.Gap+n > room {
			break
		}
		b.frames = append(b.frames, frame{at: w.at, n: n})
		tags = append(tags, w.tag)
		room -= f.o.Gap + n
		end += int64(n)
		taken++
	}
	f.wants = f.wants[:copy(f.wants, f.wants[taken:])]
	f.follow(first, tags, end)
	f.reads = true
	f.mu.Unlock()
	err := f.permitted(b)
	if err == nil {
		err = f.fill(b)
	}
	f.mu.Lock()
	f.reads = false
	if f.pour != nil && f.pour.over {
		f.size = f.pour.given
	}
	for i, tag := range tags {
		f.give(tag, b, b.frames[i], err)
	}
	if b.buf != nil {
		b.unref()
	}
	f.serve()
	f.o.Wake()
}

// follow notes whether the peer reads one part after the other.
func (f *Fetcher) follow(first want, tags []uint32, end int64) {
	if first.at != f.next {
		f.steps = 0
		f.forget()
	}
	f.steps += len(tags)
	f.next, f.unit = end, first.n
}

// permitted waits until the session may hold one more block.
func (f *Fetcher) permitted(b *block) error {
	select {
	case b.tokens <- struct{}{}:
		return nil
	case <-f.quit:
		return errQuit
	}
}

// fill reads a block's frames with one call where the reader can, and digests what is next.
func (f *Fetcher) fill(b *block) (err error) {
	defer f.o.Bug.Caught(&err)
	need := 0
	for _, x := range b.frames {
		need += f.o.Gap + x.n
	}
	b.buf = f.o.Pool.Lend(need)
	b.refs.Store(1)
	at := 0
	vec := make([][]byte, 0, len(b.frames))
	if f.pour != nil {
		return f.pour.fill(b, f.o.Gap)
	}
	for i := range b.frames {
		x := &b.frames[i]
		x.bytes = b.buf.B[at : at+f.o.Gap+x.n]
		vec = append(vec, x.bytes[f.o.Gap:])
		at += f.o.Gap + x.n
	}
	if err := readFull(f.o.Reader, vec, b.at); err != nil {
		return err
	}
	for _, x := range b.frames {
		f.digest(x.bytes[f.o.Gap:], x.at)
	}
	return nil
}

// digest takes bytes that are next; what was read out of order is read again at the end.
func (f *Fetcher) digest(b []byte, at int64) {
	if f.hash == nil || at > f.hashed || at+int64(len(b)) <= f.hashed {
		return
	}
	f.hash.Write(b[f.hashed-at:])
	f.hashed = at + int64(len(b))
}

// serve gives what was read ahead to those who want it now. The caller holds mu.
func (f *Fetcher) serve() {
	for len(f.wants) > 0 && len(f.ahead) > 0 {
		w, b := f.wants[0], f.ahead[0]
		x := b.frames[0]
		if w.at != x.at || w.n != x.n && (w.n < x.n || x.at+int64(x.n) < f.size) {
			f.forget() // it goes another way
			return
		}
		f.wants = f.wants[:copy(f.wants, f.wants[1:])]
		f.give(w.tag, b, x, nil)
		f.next = x.at + int64(x.n)
		if b.frames = b.frames[1:]; len(b.frames) == 0 {
			f.ahead = f.ahead[:copy(f.ahead, f.ahead[1:])]
			b.unref()
			f.work.Signal()
		}
	}
}

// give makes a part ready. The caller holds mu.
func (f *Fetcher) give(tag uint32, b *block, x frame, err error) {
	p := f.part()
	p.Tag, p.At, p.Err, p.n = tag, x.at, err, x.n
	switch {
	case err != nil:
		p.n = 0
		if sdk.CodeOf(err) == "" {
			p.Err = sdk.Refuse(sdk.DataIO, "the file cannot be read").Because(err)
		}
	case x.n > 0:
		p.Bytes, p.b = x.bytes, b
		b.refs.Add(1)
	}
	f.ready = append(f.ready, p)
}

func (f *Fetcher) part() *Part {
	if n := len(f.spare); n > 0 {
		p := f.spare[n-1]
		f.spare = f.spare[:n-1]
		return p
	}
	p := &Part{f: f}
	p.Release = func() {
		f.mu.Lock()
		f.drop(p)
		f.mu.Unlock()
	}
	return p
}

// drop takes a part back. The caller holds mu.
func (f *Fetcher) drop(p *Part) {
	if p.b != nil {
		p.b.unref()
	}
	p.b, p.Bytes, p.Err = nil, nil, nil
	f.spare = append(f.spare, p)
}

// aheadDue reports whether more is to be read than was asked for. The caller holds mu.
func (f *Fetcher) aheadDue() bool {
	return f.pour == nil && f.steps >= stride && len(f.ahead) < aheadOfOne && f.unit > 0 && f.aheadFrom() < f.size
}

func (f *Fetcher) aheadFrom() int64 {
	n := len(f.ahead)
	if n == 0 {
		return f.next
	}
	last := f.ahead[n-1].frames
	return last[len(last)-1].at + int64(last[len(last)-1].n)
}

// readAhead reads the parts that will be wanted if the peer goes on as it did. It is false when there is no room. The
// caller holds mu; it is let go for the I/O.
func (f *Fetcher) readAhead() bool {
	if f.o.Pool.short() {
		return false
	}
	select {
	case f.o.Budget.ahead <- struct{}{}:
	default:
		return false
	}
	at := f.aheadFrom()
	b := &block{at: at, tokens: f.o.Budget.ahead}
	for room := goodRead; at < f.size; {
		n := int(min(int64(f.unit), f.size-at))
		if room -= f.o.Gap + n; room < 0 && len(b.frames) > 0 {
			break
		}
		b.frames = append(b.frames, frame{at: at, n: n})
		at += int64(n)
	}
	from, unit := b.at, f.unit
	f.reads = true
	f.mu.Unlock()
	err := f.fill(b)
	f.mu.Lock()
	f.reads = false
	if err != nil || from != f.aheadFrom() || unit != f.unit || f.closed { // whoever wants it hears of the error
		b.unref()
		f.steps = 0
		return true
	}
	f.ahead = append(f.ahead, b)
	f.serve()
	if len(f.ready) > 0 {
		f.o.Wake()
	}
	return true
}

// forget drops what was read ahead. The caller holds mu.
func (f *Fetcher) forget() {
	for _, b := range f.ahead {
		b.unref()
	}
	f.ahead = nil
}

// complete reads what the digest has not seen. The caller holds mu; it is let go for the I/O.
func (f *Fetcher) complete() {
	f.mu.Unlock()
	err := f.digestRest()
	f.mu.Lock()
	f.whole, f.err = true, err
	f.o.Wake()
}

func (f *Fetcher) digestRest() (err error) {
	defer f.o.Bug.Caught(&err)
	if f.hash == nil || f.hashed >= f.size {
		return nil
	}
	buf := f.o.Pool.Get()
	defer buf.Release()
	for f.hashed < f.size {
		select {
		case <-f.quit:
			return errQuit
		default:
		}
		b := buf.B[:min(int64(len(buf.B)), f.size-f.hashed)]
		if err := readFull(f.o.Reader, [][]byte{b}, f.hashed); err != nil {
			return fmt.Errorf("read the file again for its digest: %w", err)
		}
		f.hash.Write(b)
		f.hashed += int64(len(b))
	}
	return nil
}
