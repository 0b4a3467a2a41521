package pesit

import (
	"encoding/binary"
	"errors"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// expansionRoom is how many expanded bytes one call of Hear gives at most.
const expansionRoom = 256 << 10

// incoming takes the data of the selected file.
type incoming struct {
	unit     unit
	segments wire.Segments
	article  int // bytes of the article so far
	length   int // largest article, 0 when unknown
	expand   *wire.Decompressor
	buffer   []byte // what was expanded in this call of Hear
	share    int    // of the buffer for one event, so that the events run out first
}

// unit is the rest of a data unit whose articles did not fit the events of one call. The bytes lie at the start of what is
// offered next.
type unit struct {
	open     bool
	articles int  // still to come, the one begun included
	prefixed bool // each has two bytes of length before it
	inside   bool // one has begun
	last     bool // articles end with their piece
	first    bool // and begin with it
	left     int  // bytes of the one begun
	body     int  // bytes of the unit that were not used
	tail     int  // check bytes behind it
}

// drop makes the rest of the unit to be skipped.
func (u *unit) drop() { u.articles, u.inside = 0, false }

// start prepares for the data of a file.
func (n *incoming) start(f file) {
	n.segments, n.article, n.length, n.expand = wire.Segments{}, 0, f.length, nil
	if f.compression.On {
		n.expand = wire.NewDecompressor(f.compression.Mode, f.length)
	}
}

// room prepares the buffer of expanded data for a call with so many free events.
func (n *incoming) room(events int) {
	n.buffer = n.buffer[:0]
	n.share = max(1, expansionRoom/max(1, events))
}

// hearData opens a data unit and gives its first article.
func (d *Dialogue) hearData(h *hearing, f wire.FPDU) error {
	if err := d.in.segments.Accept(f.Type); err != nil {
		return err
	}
	articles, prefixed, err := layout(f)
	if err != nil {
		return err
	}
	u := &d.in.unit
	*u = unit{open: true, articles: articles, prefixed: prefixed, body: len(f.Body()),
		first: f.Type == wire.DTF || f.Type == wire.DTFDA, last: f.Type == wire.DTF || f.Type == wire.DTFFA}
	if d.link.CRC {
		u.tail = checkBytes
	}
	h.used -= u.body + u.tail
	return d.piece(h)
}

// layout tells how many articles a data unit has and whether each has its length before it. The lengths are checked as a
// whole before the first article counts.
func layout(f wire.FPDU) (articles int, prefixed bool, err error) {
	if f.Type != wire.DTF || f.Sixth == 0 && len(f.Body()) > 0 { // nearly all
		return 1, false, nil
	}
	a, err := wire.ReadArticles(f)
	if err != nil {
		return 0, false, err
	}
	articles, prefixed = a.Count(), f.Sixth > 1
	if f.Sixth == 1 {
		// One article, with or without its length before it.
		piece, ok := a.Next()
		prefixed = ok && len(piece.Bytes) == len(f.Body())-2
	}
	return articles, prefixed, nil
}

// checkBytes follow every unit when CRC was agreed.
const checkBytes = 2

// piece gives the next piece of the open data unit, or ends the unit.
func (d *Dialogue) piece(h *hearing) error {
	u := &d.in.unit
	if len(h.rest()) < u.body+u.tail {
		return errWait
	}
	if u.articles == 0 {
		d.endUnit(h)
		return nil
	}
	if !u.inside {
		u.left = u.body
		if u.prefixed {
			u.left = int(binary.BigEndian.Uint16(h.rest()))
			d.take(h, 2)
		}
		u.inside = true
		if u.first {
			d.in.article = 0
		}
		if r := d.excess(u.left); r != nil {
			u.drop()
			d.harm(h, r)
			return nil
		}
		d.at.add(u.left, u.last)
	}
	if d.in.expand != nil {
		return d.expanded(h)
	}
	bytes := h.rest()[:u.left:u.left]
	d.take(h, u.left)
	d.given(h, bytes, u.last)
	d.next(h)
	return nil
}

// take uses bytes of the open unit.
func (d *Dialogue) take(h *hearing, n int) {
	h.used += n
	d.in.unit.body -= n
}

// next goes on to the next article, or ends the unit.
func (d *Dialogue) next(h *hearing) {
	u := &d.in.unit
	u.inside = false
	if u.articles--; u.articles == 0 {
		d.endUnit(h)
	}
}

// endUnit ends the open unit.
func (d *Dialogue) endUnit(h *hearing) {
	h.used += d.in.unit.body + d.in.unit.tail
	d.in.unit.open = false
}

func (d *Dialogue) given(h *hearing, bytes []byte, end bool) {
	n := len(h.ev)
	h.ev = h.ev[:n+1] // a step is taken only with room for its event; events are large, so this one is made in place
	e := &h.ev[n]
	*e = sdk.Event{}
	e.Kind, e.Ref, e.At, e.Bytes, e.RecordEnd = sdk.KindData, d.ref, -1, bytes, end
}

// excess judges a piece of n bytes before it counts: longer than an article may be, or too much without a sync point.
func (d *Dialogue) excess(n int) *sdk.Refusal {
	d.in.article += n
	if d.in.length > 0 && d.in.expand == nil && d.in.article > d.in.length {
		return sdk.Refuse(sdk.DataRecord, "article of more than %d bytes", d.in.length)
	}
	if d.at.since+int64(n) > d.agreed.limit() {
		return sdk.Refuse(sdk.DataUnsynced, "%d bytes after sync point %d", d.at.since+int64(n), d.at.last)
	}
	return nil
}

// expanded gives what fits of the open article, expanded.
func (d *Dialogue) expanded(h *hearing) error {
	n, u := &d.in, &d.in.unit
	if n.buffer == nil {
		n.buffer = make([]byte, 0, expansionRoom)
	}
	start := len(n.buffer)
	end := min(start+n.share, cap(n.buffer))
	out, used, err := n.expand.Expand(n.buffer[start:start:end], h.rest()[:u.left])
	u.left -= used
	d.take(h, used)
	if err == nil && u.left == 0 && !n.expand.Pending() && u.last {
		err = n.expand.End()
		u.inside = false
	}
	if err != nil {
		u.drop()
		d.harm(h, harmOf(err))
		return nil
	}
	n.buffer = n.buffer[:start+len(out)]
	finished := u.left == 0 && !n.expand.Pending()
	if len(out) > 0 || finished && u.last {
		d.given(h, out, finished && u.last)
	}
	if finished {
		d.next(h)
	}
	return nil
}

// harm gives Damaged: the data cannot be used as it is. Only what the line did to it can be repaired by sending it again.
func (d *Dialogue) harm(h *hearing, r *sdk.Refusal) {
	repairable := d.agreed.resync && r.Diagnostic == wire.TransmissionError.String()
	d.ask(h, sdk.Event{Kind: sdk.KindDamaged, Refusal: r, Restartable: repairable})
}

// harmOf says a fault of the data in the server's words, with its own diagnostic.
func harmOf(err error) *sdk.Refusal {
	var e *wire.Error
	if !errors.As(err, &e) {
		return sdk.Refuse(sdk.DataIO, "data cannot be read").Because(err)
	}
	code := sdk.DataIO
	diagnostic := e.Diagnostic
	switch diagnostic {
	case wire.ArticleTooLong:
		code = sdk.DataRecord
	case wire.NetworkIncident:
		diagnostic = wire.TransmissionError
	}
	r := sdk.Refuse(code, "%s", e.Error())
	r.Diagnostic = diagnostic.String()
	return r
}

// damaged takes an error of the splitter. Wrong check bytes are harm that RESYN repairs, where it was agreed and the unit may
// be skipped; while our own RESYN or IDT waits, what is damaged would have been dropped anyway.
func (d *Dialogue) damaged(h *hearing, used int, err error) error {
	var e *wire.Error
	if !errors.As(err, &e) || e.Diagnostic != wire.NetworkIncident || used == 0 || !d.agreed.resync || !d.receives() {
		return err
	}
	switch d.state {
	case stateReceiving, stateReceived:
		d.harm(h, harmOf(err))
		return nil
	case stateRewinding, stateStopping:
		return nil
	}
	return err
}

// hearDTFEnd ends the data.
func (d *Dialogue) hearDTFEnd(h *hearing, f wire.FPDU) error {
	if err := d.in.segments.Accept(f.Type); err != nil {
		return err
	}
	d.state = stateReceived
	d.tell(h, sdk.Event{Kind: sdk.KindEnd, Refusal: d.refusalIn()})
	return nil
}
