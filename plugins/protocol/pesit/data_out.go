package pesit

import (
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// outgoing gives the data of the selected file.
type outgoing struct {
	link    wire.Link // with the agreed entity as its bound
	article int       // bytes of a stream's articles
	framed  bool      // the core leaves gaps for our headers
	record  []byte    // a record that came in parts, until its end
	shrink  *wire.Compressor
	shrunk  []byte // the article compressed last
	pack    wire.Builder
	packing bool // pack holds an entity that is not full
	count   int  // articles of the DTF in it
	buffer  []byte
}

// start prepares for the data of a file.
func (o *outgoing) start(f file, l wire.Link) {
	l.Max = f.entity
	*o = outgoing{link: l, article: f.length, record: o.record[:0], shrunk: o.shrunk, buffer: o.buffer}
	for !f.records && o.article > f.entity-lengthMargin {
		o.article /= 2 // the entity agreed is smaller than the one proposed
	}
	if f.compression.On {
		o.shrink = wire.NewCompressor(f.compression.Mode)
	}
}

// forget drops what was not sent: the data goes on from another place.
func (o *outgoing) forget() {
	if o.packing {
		o.packing = false
		o.buffer, _ = o.pack.Done()
	}
	o.record = o.record[:0]
	if o.shrink != nil {
		o.shrink.Reset()
	}
}

// Frame lets the core leave room for our headers before each article of a stream, so that Say copies nothing. Check bytes,
// compression and records rule that out.
func (d *Dialogue) Frame(ref uint32) (gap, limit int) {
	if ref != d.ref || d.state != stateSending || d.file.records || d.link.CRC || d.file.compression.On {
		return 0, 0
	}
	d.out.framed = true
	return d.out.link.Gap(), d.out.article
}

// HeadersOnly says that a header is made without a look at its data: check bytes, which need one, make Say copy.
func (d *Dialogue) HeadersOnly() bool { return true }

// sayData sends file data, up to the next sync point.
func (d *Dialogue) sayData(m sdk.Message, out *[]byte) (sdk.Said, error) {
	switch d.state {
	case stateSending:
	case stateOpen, stateStopping, stateRewindAsked, stateRewinding, stateRewound:
		return sdk.Said{Next: sdk.Blocked}, nil
	default:
		return sdk.Said{}, d.unfit(m)
	}
	switch {
	case d.blocked():
		return sdk.Said{Next: sdk.Blocked}, nil
	case d.out.framed:
		return d.sayFramed(m.Bytes)
	case d.file.records:
		return d.sayRecord(m, out)
	}
	return d.sayStream(m.Bytes, out)
}

// blocked reports that the window is used up.
func (d *Dialogue) blocked() bool {
	return d.agreed.window > 0 && d.at.last-d.at.acked >= int64(d.agreed.window)
}

// room is how many data bytes may be sent before the next sync point.
func (d *Dialogue) room() int64 { return d.agreed.limit() - d.at.since }

// sayFramed fills the gaps, up to the first article that does not fit before the next sync point.
func (d *Dialogue) sayFramed(bytes []byte) (sdk.Said, error) {
	gap := d.out.link.Gap()
	var said sdk.Said
	for said.Used < len(bytes) {
		rest := bytes[said.Used:]
		n := min(len(rest)-gap, d.out.article)
		if int64(n) > d.room() {
			break
		}
		if err := d.out.link.PutData(rest[:min(gap, len(rest))], wire.DTF, d.peer, n); err != nil {
			return sdk.Said{}, err
		}
		d.at.add(n, true)
		said.Used += gap + n
	}
	if said.Used < len(bytes) || d.room() == 0 {
		said.Next = sdk.PointDue
	}
	return said, nil
}

// sayStream cuts the bytes into articles as it likes.
func (d *Dialogue) sayStream(bytes []byte, out *[]byte) (sdk.Said, error) {
	var said sdk.Said
	for said.Used < len(bytes) {
		rest := bytes[said.Used:]
		n := min(len(rest), d.out.article)
		fits := d.fitting(n)
		if fits < n && (d.out.shrink != nil && d.at.since > 0 || fits <= 0) {
			break
		}
		n = min(n, fits)
		if err := d.send(d.shrunk(rest[:n]), out); err != nil {
			return sdk.Said{}, err
		}
		said.Used += n
	}
	if fits := d.fitting(d.out.article); fits <= 0 || d.out.shrink != nil && fits < d.out.article && d.at.since > 0 {
		said.Next = sdk.PointDue
	}
	return said, d.flush(out)
}

// fitting is how many of n file bytes may be sent before the next sync point, whatever compression makes of them.
func (d *Dialogue) fitting(n int) int {
	room := d.room()
	if d.out.shrink != nil {
		room -= room/64 + 1 // see wire.CompressedMax
	}
	return int(min(int64(n), room))
}

// sayRecord takes a record or a part of one. A record that comes whole is sent whole; one that comes in parts is kept until
// its end, because nothing can be said between its segments.
func (d *Dialogue) sayRecord(m sdk.Message, out *[]byte) (sdk.Said, error) {
	o := &d.out
	if len(o.record)+len(m.Bytes) > d.file.length {
		return sdk.Said{}, sdk.Refuse(sdk.DataRecord, "record of more than %d bytes", d.file.length)
	}
	begun := len(o.record) > 0
	if !begun && !m.RecordEnd && d.at.since > 0 && int64(d.longest()) > d.room() {
		return sdk.Said{Next: sdk.PointDue}, nil
	}
	record := m.Bytes
	if begun || !m.RecordEnd {
		o.record = append(o.record, m.Bytes...)
		record = o.record
	}
	if !m.RecordEnd {
		return sdk.Said{Used: len(m.Bytes)}, nil
	}
	record, err := d.proper(record)
	if err != nil {
		return sdk.Said{}, err
	}
	article := d.shrunk(record)
	if !begun && d.at.since > 0 && int64(len(article)) > d.room() {
		return sdk.Said{Next: sdk.PointDue}, nil
	}
	o.record = o.record[:0]
	if err := d.send(article, out); err != nil {
		return sdk.Said{}, err
	}
	said := sdk.Said{Used: len(m.Bytes)}
	if d.room() == 0 {
		said.Next = sdk.PointDue
	}
	return said, nil
}

// longest is what the longest record may take on the wire.
func (d *Dialogue) longest() int {
	if d.out.shrink != nil {
		return wire.CompressedMax(d.file.length)
	}
	return d.file.length
}

var blank = []byte{' '}

// proper is the record as it may be sent: an empty one does not exist in PeSIT, and a blank takes its place.
func (d *Dialogue) proper(record []byte) ([]byte, error) {
	if len(record) == 0 {
		record = blank
	}
	if d.file.fixed && len(record) != d.file.length {
		return nil, sdk.Refuse(sdk.DataRecord, "record of %d bytes in a file of fixed records of %d", len(record), d.file.length)
	}
	return record, nil
}

// shrunk compresses an article where that was agreed.
func (d *Dialogue) shrunk(article []byte) []byte {
	o := &d.out
	if o.shrink == nil {
		return article
	}
	o.shrunk = o.shrink.Append(o.shrunk[:0], article)
	return o.shrunk
}

// sayEnd ends the data.
func (d *Dialogue) sayEnd(m sdk.Message, out *[]byte) (sdk.Said, error) {
	switch d.state {
	case stateSending:
	case stateOpen, stateStopping, stateRewindAsked, stateRewinding, stateRewound:
		return sdk.Said{}, nil
	default:
		return sdk.Said{}, d.unfit(m)
	}
	if record := d.out.record; len(record) > 0 {
		d.out.record = record[:0]
		record, err := d.proper(record)
		if err != nil {
			return sdk.Said{}, err
		}
		if err := d.send(d.shrunk(record), out); err != nil {
			return sdk.Said{}, err
		}
	}
	b := d.join(out, wire.DTFEnd, diagnosticSize)
	b.Diagnostic(outcomeOf(m.Refusal))
	d.state = stateSent
	return sdk.Said{}, d.joined(b, out)
}

// The bodies of the units that may close an entity, in bytes at most.
const (
	diagnosticSize = 5
	pointSize      = 5
)
