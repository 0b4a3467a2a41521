package stream

import (
	"hash"

	"github.com/postern/postern/sdk"
)

// strained is the stored file behind filters.
type strained struct {
	plain
	f          Filters
	pool       *Pool
	out        int64  // bytes that came out, since byte 0
	left       []byte // what came out and nobody took; valid until the next strain
	over       bool   // nothing comes behind left
	file, wire hash.Hash
	every      int64           // a bound is noted after so many bytes; 0: at the beginning alone
	noting     bool            // blocks are flushed for one
	next       *bound          // noted, and not reached by what was taken
	base       *bound          // the last one reached; nil: there is none
	finished   bool            // the file was read to its end
	quit       <-chan struct{} // ends the reading between two blocks; nil: nothing does
}

// bound is a place from which filters can go on: what they need for it, and the digests there.
type bound struct {
	out    int64
	filter []byte
	digest []byte
}

// newStrained goes on where the filters of an earlier attempt were; from's digests are those of that place.
func newStrained(r sdk.Reader, filters Filters, pool *Pool, digest bool, from Position) (*strained, error) {
	in, out := filters.Offsets()
	size := r.Info().Size
	if in > size {
		return nil, sdk.Refuse(sdk.DataIO, "the file has %d bytes, its filters are at %d", size, in)
	}
	from.File, from.Wire = in, out
	dig, err := newDigests(from, digest, digest)
	if err != nil {
		return nil, err
	}
	src := &strained{plain: plain{r: r, off: in, size: size}, f: filters, pool: pool, out: out, file: dig.file, wire: dig.wire}
	src.note()
	src.reached(out)
	return src, nil
}

// read fills b as far as the filters go; eof says that nothing follows.
func (s *strained) read(b []byte) (n int, eof bool, err error) {
	for {
		n += s.give(b[n:])
		if n == len(b) || s.over {
			return n, s.over && len(s.left) == 0, nil
		}
		if err := s.strain(); err != nil {
			return n, false, err
		}
	}
}

// give copies what came out and digests the copy: a filter that works on may still change what it gave.
func (s *strained) give(to []byte) int {
	n := copy(to, s.left)
	s.left = s.left[n:]
	if s.wire != nil {
		s.wire.Write(to[:n])
	}
	return n
}

// pass digests n bytes that came out, and nobody gets.
func (s *strained) pass(n int64) {
	if s.wire != nil {
		s.wire.Write(s.left[:n])
	}
	s.left = s.left[n:]
}

// strain brings the next piece, or finds that nothing follows.
func (s *strained) strain() error {
	for {
		piece, ok, err := s.f.Next()
		switch {
		case err != nil:
			return err
		case ok:
			s.left, s.out = piece, s.out+int64(len(piece))
			return nil
		case s.finished || s.f.Ended():
			s.over = true
			return nil
		case s.noting:
			s.noting = false
			s.note()
		case s.due():
			s.noting = true
			s.f.Flush()
			continue
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// fill reads the next block, straight into the filters' memory where nothing is digested: a filter at work could change
// there what was read before it is digested.
func (s *strained) fill() error {
	select {
	case <-s.quit:
		return errQuit
	default:
	}
	room := s.f.Room()
	into := room
	if s.file != nil {
		b := s.pool.Lend(len(room))
		defer b.Release()
		into = b.B[:len(room)]
	}
	n, last, err := s.plain.read(into)
	if err != nil {
		return err
	}
	if s.file != nil {
		s.file.Write(into[:n])
		copy(room, into[:n])
	}
	s.f.Put(n)
	if last {
		s.finished = true
		s.f.Finish()
	}
	return nil
}

// due reports whether it is time for another bound.
func (s *strained) due() bool {
	return s.every > 0 && s.next == nil && s.base != nil && s.out-s.base.out >= s.every
}

// note keeps a bound behind all that came out, if the filters can give one.
func (s *strained) note() {
	filter := s.f.Snapshot()
	if filter == nil {
		return
	}
	d := digests{file: s.file, wire: s.wire}
	digest, err := d.state()
	if err == nil {
		s.next = &bound{out: s.out, filter: filter, digest: digest}
	}
}

// reached returns the last bound that is not beyond a place in what came out.
func (s *strained) reached(at int64) *bound {
	if s.next != nil && s.next.out <= at {
		s.base, s.next = s.next, nil
	}
	return s.base
}

// progress is how far the stored file was read, and the digests once all was.
func (s *strained) progress(last bool) (int64, *sums) {
	at := s.off
	if s.f.Ended() { // what was read for the next block does not count
		at, _ = s.f.Offsets()
	}
	if !last {
		return at, nil
	}
	d := &sums{wire: sumOf(s.wire)}
	if at == s.size {
		d.file = sumOf(s.file)
	}
	return at, d
}

// poured lays out what filters give as one stream, straight into the chunk.
type poured struct {
	s    *Sender
	src  *strained
	skip int64 // of what comes out: the peer has it
	at   int64 // of what came out: the next chunk begins there
}

func (p *poured) close() {}

func (p *poured) fill(c *Chunk) error {
	o := &p.s.o
	b := o.Pool.Lend(o.Gap + max(o.Max, 1))
	c.bufs[0], c.spans, c.filtered = b, nil, true
	want := o.payloads(b, goodRead)
	at := 0
	for c.Payload < want {
		if len(p.src.left) == 0 {
			if p.src.over {
				break
			}
			if err := p.src.strain(); err != nil {
				return err
			}
		}
		if p.skip > 0 {
			p.drop()
			continue
		}
		if c.Payload == 0 {
			c.base = p.src.reached(p.at)
		}
		at = p.lay(c, b.B, at, want)
	}
	if p.src.over && p.skip > 0 {
		return sdk.Refuse(sdk.DataIO, "the file is %d bytes shorter than what the other side has", p.skip)
	}
	p.at += int64(c.Payload)
	c.Bytes, c.Last = b.B[:at], p.src.over && len(p.src.left) == 0
	c.file, c.sums = p.src.progress(c.Last)
	return nil
}

// drop passes over what the peer has.
func (p *poured) drop() {
	n := min(p.skip, int64(len(p.src.left)))
	p.src.pass(n)
	p.skip -= n
}

// lay copies from what came out into payloads with their gaps, to the end of one of them at most.
func (p *poured) lay(c *Chunk, out []byte, at, want int) int {
	o := &p.s.o
	n := want - c.Payload
	if o.Max > 0 {
		inside := c.Payload % o.Max
		if inside == 0 && len(p.src.left) > 0 {
			at += o.Gap
		}
		n = min(n, o.Max-inside)
	}
	n = p.src.give(out[at : at+n])
	c.Payload += n
	return at + n
}
