package pesit

import (
	"encoding/binary"
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// count is what PI 27 and PI 28 count: bytes of articles as sent, and articles.
type count struct{ bytes, records int64 }

// progress is how far the data of the selected file is, in whichever direction it flows.
type progress struct {
	total  count // of the whole file where known, else since the start
	origin count // total when the data started to flow
	known  bool  // total counts from the beginning of the file
	last   int64 // number of the last sync point said or heard
	acked  int64 // number of the last one acknowledged
	since  int64 // bytes after it
}

// add counts the bytes of a piece of an article, and the article at its end.
func (p *progress) add(n int, end bool) {
	p.total.bytes += int64(n)
	p.since += int64(n)
	if end {
		p.total.records++
	}
}

// point passes a sync point.
func (p *progress) point(n int64) { p.last, p.since = n, 0 }

const stateVersion = 1

// state is what is stored with a sync point: the counts there.
func (p *progress) state() []byte {
	out := append(make([]byte, 0, 24), stateVersion, 0)
	if p.known {
		out[1] = 1
	}
	out = binary.AppendUvarint(out, uint64(p.total.bytes))
	return binary.AppendUvarint(out, uint64(p.total.records))
}

// back goes to a point whose state was stored. Without a state the counts start over there, and cover the rest only.
func (p *progress) back(point int64, state []byte) error {
	p.last, p.acked, p.since = point, point, 0
	p.total, p.known = count{}, point == 0
	if point == 0 || len(state) == 0 {
		return nil
	}
	bad := fmt.Errorf("state of sync point %d is not ours", point)
	if len(state) < 4 || state[0] != stateVersion {
		return bad
	}
	bytes, n := binary.Uvarint(state[2:])
	if n <= 0 {
		return bad
	}
	records, m := binary.Uvarint(state[2+n:])
	if m <= 0 || 2+n+m != len(state) {
		return bad
	}
	p.total, p.known = count{int64(bytes), int64(records)}, state[1] == 1
	return nil
}

// restore is back at the start of a transfer or of its rest.
func (d *Dialogue) restore(point int64, state []byte) error {
	if err := d.at.back(point, state); err != nil {
		return err
	}
	d.at.origin = d.at.total
	return nil
}

// agrees compares the counts of the unit at hand with ours: the other side may count the whole file or the part since the
// restart, or say nothing.
func (d *Dialogue) agrees() (heard sdk.Counts, agree bool) {
	p := &d.params
	bytes, records := p.Has(wire.PIBytes), p.Has(wire.PIArticles)
	heard = sdk.Counts{Bytes: int64(p.Num(wire.PIBytes)), Records: int64(p.Num(wire.PIArticles)), Known: bytes || records}
	same := func(c count) bool {
		return (!bytes || heard.Bytes == c.bytes) && (!records || heard.Records == c.records)
	}
	part := count{d.at.total.bytes - d.at.origin.bytes, d.at.total.records - d.at.origin.records}
	beyond := !d.at.known && heard.Bytes >= part.bytes && heard.Records >= part.records
	d.partial = !same(d.at.total) && same(part)
	return heard, same(d.at.total) || d.partial || beyond
}

// counts writes PI 27 and PI 28: of the whole file, or of the part if that is how the other side counts.
func (d *Dialogue) counts(b *wire.Builder) {
	c := d.at.total
	if d.partial {
		c = count{c.bytes - d.at.origin.bytes, c.records - d.at.origin.records}
	}
	b.Num(wire.PIBytes, uint64(c.bytes))
	b.Num(wire.PIArticles, uint64(c.records))
}
