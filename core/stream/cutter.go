package stream

import (
	"bytes"
	"encoding/binary"

	"github.com/postern/postern/sdk"
)

// cutter reads the stored form and lays it out in records.
type cutter struct {
	s    *Sender
	src  supply
	raw  *Buffer // what was read and not laid out yet
	n    int     // bytes of it
	off  int64   // stored bytes before it
	eof  bool
	skip int64 // payload that the peer has already (filtered)
	past int64 // and whole records; an empty one has no payload

	inside bool // a record was laid out in part
	length int  // payload of the open record so far
	left   int  // bytes of the open prefixed record still to come
}

// piece is a record or a part of one: lead and trail are stored and not sent, pad is sent and not stored.
type piece struct {
	lead, trail, pad int
	body             []byte
	of               int // prefixed: bytes of the record from body on
	end              bool
}

func newCutter(s *Sender, from Mark, src supply) *cutter {
	c := &cutter{s: s, src: src, raw: s.o.Pool.Get(), off: from.File}
	if s.o.Filters != nil {
		c.off, c.skip, c.past = 0, from.Wire, from.Records
	}
	return c
}

func (c *cutter) close() { c.raw.Release() }

// fill lays out the next records.
func (c *cutter) fill(k *Chunk) error {
	if err := c.more(); err != nil {
		return err
	}
	o := &c.s.o
	out := o.Pool.Get()
	k.bufs[0] = out
	k.file, k.raw = c.off, c.raw.B[:c.n]
	used, filled := 0, 0
	for {
		p, ok, err := c.cut(k.raw[used:], used > 0)
		if err != nil {
			return err
		}
		had := c.skip > 0 || c.past > 0
		switch {
		case !ok:
		case had:
			p, err = c.pass(p)
		default:
			p, ok = c.lay(k, out.B, &filled, p)
		}
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		used += p.lead + len(p.body) + p.trail
		if c.took(p); !had {
			k.spans = append(k.spans, span{end: filled, stored: used, recordEnd: p.end})
		}
	}
	k.Bytes = out.B[:filled]
	k.Last = c.eof && used == c.n
	return c.carry(k, used)
}

// more reads on behind what is left.
func (c *cutter) more() error {
	if c.eof || c.n >= goodRead {
		return nil
	}
	n, eof, err := c.src.read(c.raw.B[c.n:goodRead])
	if err != nil {
		return err
	}
	c.n += n
	c.eof = eof
	return nil
}

// carry leaves what was not laid out for the next chunk.
func (c *cutter) carry(k *Chunk, used int) error {
	c.off += int64(used)
	next := c.s.o.Pool.Get()
	copy(next.B, k.raw[used:])
	k.bufs[1], c.raw = c.raw, next
	c.n -= used
	if src, ok := c.src.(*strained); ok {
		k.raw, k.filtered, k.base = nil, true, src.base
		k.file, k.sums = src.progress(k.Last)
	}
	if k.Last && (c.skip > 0 || c.past > 0) {
		return sdk.Refuse(sdk.DataIO, "the file is %d bytes shorter than what the other side has", c.skip)
	}
	return nil
}

// cut finds the next piece in b; ok is false when b holds none. some says that the chunk has records already: one that
// b does not hold whole then waits for the next chunk.
func (c *cutter) cut(b []byte, some bool) (p piece, ok bool, err error) {
	o := &c.s.o
	if len(b) == 0 && !(c.eof && c.inside) {
		return p, false, nil
	}
	switch {
	case o.Records == sdk.RecordsLines:
		p, ok = c.line(b, some)
	case o.Records == sdk.RecordsPrefixed:
		p, ok, err = c.prefixed(b, some)
	case o.Fixed:
		p.body = b[:min(len(b), o.RecordLength-c.length)]
		p.end = c.length+len(p.body) == o.RecordLength || c.eof
		ok = p.end
	}
	if err != nil || !ok {
		return p, false, err
	}
	if o.RecordLength == 0 {
		return p, true, nil
	}
	length := c.length + len(p.body)
	if length > o.RecordLength {
		return p, false, sdk.Refuse(sdk.DataRecord, "a record at byte %d is longer than %d bytes", c.off, o.RecordLength)
	}
	if o.Fixed && p.end {
		p.pad = o.RecordLength - length
	}
	return p, true, nil
}

func (c *cutter) line(b []byte, some bool) (p piece, ok bool) {
	delim := c.s.o.Delimiter
	if i := bytes.Index(b, delim); i >= 0 {
		return piece{body: b[:i], trail: len(delim), end: true}, true
	}
	if c.eof {
		return piece{body: b, end: true}, true
	}
	// A line longer than all that was read goes in parts. What may be the delimiter's beginning stays, and a byte
	// before it, so that the last part is not empty.
	keep := len(delim)
	if some || len(b) <= keep {
		return p, false
	}
	return piece{body: b[:len(b)-keep]}, true
}

func (c *cutter) prefixed(b []byte, some bool) (p piece, ok bool, err error) {
	left := c.left
	if !c.inside {
		if len(b) < 4 {
			return p, false, c.torn()
		}
		length := binary.BigEndian.Uint32(b)
		if length > MaxRecord {
			return p, false, sdk.Refuse(sdk.DataRecord, "a record at byte %d has a length of %d", c.off, length)
		}
		p.lead, left = 4, int(length)
		b = b[4:]
	}
	p.body, p.of = b[:min(left, len(b))], left
	p.end = len(p.body) == left
	if !p.end && (some || c.eof || len(p.body) == 0) {
		return p, false, c.torn()
	}
	return p, true, nil
}

// torn says that a prefixed file ends inside a record, if it does.
func (c *cutter) torn() error {
	if !c.eof {
		return nil
	}
	return sdk.Refuse(sdk.DataRecord, "the file ends inside a record")
}

// lay writes the piece into the chunk with its gaps, or as much of it as an empty chunk holds.
func (c *cutter) lay(k *Chunk, out []byte, filled *int, p piece) (laid piece, ok bool) {
	o := &c.s.o
	room := len(out) - *filled
	if need := o.framed(len(p.body) + p.pad); need > room {
		if *filled > 0 || len(k.spans) > 0 {
			return p, false
		}
		fits := room
		if o.Max > 0 {
			fits = room / (o.Gap + o.Max) * o.Max
		}
		p = piece{lead: p.lead, of: p.of, body: p.body[:min(fits, len(p.body))]}
	}
	at, body, pad := *filled, p.body, p.pad
	for {
		n := len(body) + pad
		if o.Max > 0 {
			n = min(n, o.Max)
			at += o.Gap
		}
		m := copy(out[at:at+n], body)
		fillWith(out[at+m:at+n], c.blank())
		body, pad = body[m:], pad-(n-m)
		at += n
		if len(body)+pad == 0 {
			break
		}
	}
	k.Payload += len(p.body) + p.pad
	*filled = at
	return p, true
}

// pass counts a piece that the peer has.
func (c *cutter) pass(p piece) (piece, error) {
	n := int64(len(p.body) + p.pad)
	if n > c.skip || c.past == 0 {
		return p, sdk.Refuse(sdk.DataIO, "the records are not those that the other side has")
	}
	c.skip -= n
	if p.end {
		c.past--
	}
	return p, nil
}

// took notes where the piece leaves its record.
func (c *cutter) took(p piece) {
	c.left = p.of - len(p.body)
	c.inside = !p.end
	if c.length += len(p.body); p.end {
		c.length = 0
	}
}

func (c *cutter) blank() byte {
	if c.s.o.Records == sdk.RecordsLines {
		return ' '
	}
	return 0
}

func fillWith(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}
