package stream

import (
	"errors"
	"io"

	"github.com/postern/postern/sdk"
)

// run is one reading of the file from a position on. A rewind starts another.
type run struct {
	f     filler
	ch    chan *Chunk
	stop  chan struct{}
	idle  chan struct{} // closed when it reads no more
	ahead bool          // its goroutine reads
}

// filler fills one chunk after the other.
type filler interface {
	fill(c *Chunk) error
	close()
}

// start reads from a mark: ahead of the loop, unless the loop may do that itself.
func (s *Sender) start(from Mark) error {
	f, err := s.fillerAt(from)
	if err != nil {
		return err
	}
	s.run = &run{f: f, ch: make(chan *Chunk, readAhead), stop: make(chan struct{}), idle: make(chan struct{})}
	if d, ok := f.(*direct); !ok || d.now == nil || s.reading != nil { // as it was before a rewind
		s.goAhead()
	}
	return nil
}

// goAhead starts the goroutine that reads ahead, behind that of a run before: reads do not overlap.
func (s *Sender) goAhead() {
	before, run := s.reading, s.run
	s.reading, run.ahead = run, true
	s.done.Go(func() {
		if before != nil {
			<-before.idle
		}
		s.read(run, run.f)
	})
}

// fillerAt makes what fills the chunks from a mark on.
func (s *Sender) fillerAt(from Mark) (filler, error) {
	cut := s.o.Records != sdk.RecordsStream || s.o.Fixed
	if s.o.Filters == nil {
		if cut {
			return newCutter(s, from, &plain{r: s.o.Reader, off: from.File, size: s.size}), nil
		}
		d := &direct{s: s, off: from.File}
		if s.hash == nil { // a hasher is quicker with more to do at once, on a core of its own
			d.now, _ = s.o.Reader.(sdk.ReadyReader)
		}
		return d, nil
	}
	src, err := newStrained(s.o.Reader, s.o.Filters, s.o.Pool, s.o.Digest, from.Position)
	if err != nil {
		return nil, err
	}
	s.base = src.base
	if cut {
		if src.out > 0 {
			return nil, sdk.Refuse(sdk.RestartPoint, "filtered records are sent from the beginning of the file only")
		}
		return newCutter(s, from, src), nil
	}
	src.every = goodRead
	return &poured{s: s, src: src, skip: from.Wire - src.out, at: from.Wire}, nil
}

// read is the reading goroutine of one run. What nobody takes it releases itself.
func (s *Sender) read(run *run, f filler) {
	defer f.close()
	for s.next(run, f) {
	}
	close(run.idle)
	<-run.stop
	for {
		select {
		case c := <-run.ch:
			c.unref()
		default:
			return
		}
	}
}

// next reads one chunk and reports whether another follows.
func (s *Sender) next(run *run, f filler) bool {
	select {
	case <-run.stop:
		return false
	default:
	}
	select {
	case s.live <- struct{}{}:
	case <-run.stop:
		return false
	}
	c := s.chunk(run)
	if err := s.fill(f, c); err != nil {
		if sdk.CodeOf(err) == "" {
			err = sdk.Refuse(sdk.DataIO, "the file cannot be read").Because(err)
		}
		c.Err, c.Bytes, c.Payload, c.spans, c.Last = err, nil, 0, nil, false
	}
	more := !c.Last && c.Err == nil
	select {
	case run.ch <- c:
	case <-run.stop:
		c.unref()
		return false
	}
	return more
}

// fill has a chunk filled.
func (s *Sender) fill(f filler, c *Chunk) (err error) {
	defer s.o.Bug.Caught(&err)
	return f.fill(c)
}

// chunk returns an empty chunk held once.
func (s *Sender) chunk(run *run) *Chunk {
	s.mu.Lock()
	var c *Chunk
	if n := len(s.free); n > 0 {
		c, s.free = s.free[n-1], s.free[:n-1]
	} else {
		c = &Chunk{}
	}
	s.mu.Unlock()
	c.Bytes, c.Payload, c.Last, c.Err = nil, 0, false, nil
	c.s, c.run, c.gap, c.max = s, run, s.o.Gap, s.o.Max
	c.spans, c.next, c.at = c.spans[:0], 0, 0
	c.file, c.stored, c.hashed, c.raw, c.filtered, c.base, c.sums = 0, 0, 0, nil, false, nil, nil
	c.refs.Store(1)
	return c
}

// direct reads straight into the chunk: a stream without filters.
type direct struct {
	s   *Sender
	now sdk.ReadyReader // nil: the reader is none
	off int64
	vec [][]byte
}

func (d *direct) fill(c *Chunk) error {
	d.lay(c, goodRead)
	if err := readFull(d.s.o.Reader, d.vec, d.off); err != nil {
		return err
	}
	d.off += int64(c.Payload)
	return nil
}

// ready fills the chunk with what is in memory. It is false when that is not the whole of it.
func (d *direct) ready(c *Chunk) bool {
	d.lay(c, readyRead)
	if n, err := d.now.ReadvNow(d.vec, d.off); err != nil || n < c.Payload {
		return false
	}
	d.off += int64(c.Payload)
	return true
}

// lay makes room in the chunk for about good bytes of the file.
func (d *direct) lay(c *Chunk, good int) {
	o := &d.s.o
	b := o.Pool.Lend(o.Gap + max(o.Max, 1))
	c.bufs[0], c.spans, c.file = b, nil, d.off
	c.Payload = int(min(int64(o.payloads(b, good)), d.s.size-d.off))
	c.Last = d.off+int64(c.Payload) == d.s.size
	d.vec = d.vec[:0]
	at := 0
	for left := c.Payload; left > 0; {
		n := left
		if o.Max > 0 {
			n = min(left, o.Max)
		}
		at += o.Gap
		d.vec = append(d.vec, b.B[at:at+n])
		at += n
		left -= n
	}
	c.Bytes = b.B[:at]
}

func (d *direct) close() {}

// payloads is how much payload a chunk in b has: about good, in whole payloads where there are gaps.
func (o *SenderOptions) payloads(b *Buffer, good int) int {
	good = min(good, len(b.B))
	if o.Max == 0 {
		return good
	}
	return max(min(good/(o.Gap+o.Max), maxSpans), 1) * o.Max
}

// readFull fills the slices, with one call where the reader can. A file that ends before is a failure.
func readFull(r sdk.Reader, vec [][]byte, off int64) error {
	if v, ok := r.(sdk.VectorReader); ok && len(vec) > 1 {
		return readVector(v, vec, off)
	}
	for _, b := range vec {
		n, err := r.ReadAt(b, off)
		if n < len(b) {
			return unread(err, off+int64(n))
		}
		off += int64(n)
	}
	return nil
}

func readVector(r sdk.VectorReader, vec [][]byte, off int64) error {
	for {
		n, err := r.ReadvAt(vec, off)
		off += int64(n)
		if n == 0 && err == nil {
			err = io.ErrNoProgress
		}
		for len(vec) > 0 && n >= len(vec[0]) {
			n -= len(vec[0])
			vec = vec[1:]
		}
		if len(vec) == 0 {
			return nil
		}
		if err != nil {
			return unread(err, off)
		}
		vec[0] = vec[0][n:]
	}
}

func unread(err error, off int64) error {
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
		return sdk.Refuse(sdk.DataIO, "the file became shorter while it was sent: it ends at byte %d", off).Because(err)
	}
	return sdk.Refuse(sdk.DataIO, "the file cannot be read at byte %d", off).Because(err)
}
