package stream

import (
	"math"

	"github.com/postern/postern/sdk"
)

// unknownSize is the size of a file whose end is not known yet.
const unknownSize = math.MaxInt64

// pour is what comes out of the filters of a file whose peer says which bytes it wants. The bytes come once and in their
// order, so the peer must want them so: from the beginning on and one part after the other, as whoever copies a file does.
// It may want more than there is: where the end lies shows when it is reached.
type pour struct {
	src   *strained
	given int64 // where the next part begins
	over  bool  // nothing comes behind given

	asked int64 // where the next want must begin; under the fetcher's mutex
}

// filtered has the fetcher's parts come out of its filters.
func (f *Fetcher) filtered() error {
	src, err := newStrained(f.o.Reader, f.o.Filters, f.o.Pool, f.o.Digest, Position{})
	if err != nil {
		return err
	}
	src.quit = f.quit
	f.pour, f.size = &pour{src: src}, unknownSize
	return nil
}

// follows takes the next want, or refuses one that is not next.
func (p *pour) follows(at int64, n int) error {
	if at != p.asked {
		r := sdk.Refuse(sdk.RestartPoint, "the file has filters and is read in order: byte %d was wanted, and %d comes next", at, p.asked)
		r.Public = "this file can only be read from its beginning on, in order"
		return r
	}
	p.asked += int64(n)
	return nil
}

// fill fills a block's frames with what comes next. At the end they are shorter, and empty behind it.
func (p *pour) fill(b *block, gap int) error {
	at := 0
	for i := range b.frames {
		x := &b.frames[i]
		n, over, err := p.src.read(b.buf.B[at+gap : at+gap+x.n])
		if err != nil {
			return err
		}
		x.n, x.bytes = n, b.buf.B[at:at+gap+n]
		at += gap + n
		p.given += int64(n)
		p.over = over
	}
	return nil
}

// totals are what the file was, once its end was reached. A stored file that a filter ended early has no digest.
func (p *pour) totals() Totals {
	read, sums := p.src.progress(true)
	return Totals{File: read, Wire: p.given, SHA256: sums.file, WireSHA256: sums.wire}
}
