package line

import (
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/postern/postern/sdk"
)

// payload is the bytes after a DATA line. They are passed on as they come and never gathered.
type payload struct {
	open    bool
	left    int64
	at      int64 // where the rest belongs; -1: where the last data ended
	tag     uint32
	tagged  bool // it answers a WANT
	end     bool // a record ends with it
	damage  *sdk.Refusal
	sum     uint32
	want    uint32
	checked bool // it bears a checksum
}

// openPayload reads "DATA n [end] [at=N] [tag=T] [crc=HEX]".
func (d *dialogue) openPayload(f *fields) error {
	n, err := f.number("length")
	if err != nil {
		return err
	}
	if n > maxBlock {
		return fmt.Errorf("length %d is more than %d", n, maxBlock)
	}
	p := payload{open: true, left: n, at: -1, end: f.flag("end")}
	if v, ok := f.option("at"); ok {
		if p.at, err = parseNumber(v, "at"); err != nil {
			return err
		}
	}
	if v, ok := f.option("tag"); ok {
		t, err := strconv.ParseUint(string(v), 10, 32)
		if err != nil {
			return fmt.Errorf("tag %q is no number", v)
		}
		p.tag, p.tagged = uint32(t), true
	}
	if v, ok := f.option("crc"); ok {
		sum, err := strconv.ParseUint(string(v), 16, 32)
		if err != nil {
			return fmt.Errorf("crc %q is no hexadecimal number", v)
		}
		p.want, p.checked = uint32(sum), true
	}
	d.pay = p
	return f.end("at", "tag", "crc")
}

// readData reads a DATA line that is in its place. The payload follows as events of its own.
func readData(d *dialogue, f *fields, e *sdk.Event) error {
	e.Kind = sdk.KindNone
	if err := d.openPayload(f); err != nil {
		return err
	}
	if d.pay.tagged != (d.state == chosen) {
		return fmt.Errorf("%w: a tag belongs to the answer to a WANT, and to nothing else", errPlace)
	}
	if d.pay.tagged {
		if d.wants == 0 {
			return fmt.Errorf("%w: nothing was wanted", errPlace)
		}
		return nil
	}
	if n := d.agreed.interval; n > 0 && d.flow.since+d.pay.left > n {
		d.pay.damage = sdk.Refuse(sdk.DataUnsynced, "%d bytes since point %d, at most %d agreed", d.flow.since+d.pay.left, d.flow.last, n)
	} else if d.flow.counts.part+d.pay.left > d.agreed.record {
		d.pay.damage = sdk.Refuse(sdk.DataRecord, "a record of more than %d bytes", d.agreed.record)
	}
	return nil
}

// piece takes what is there of the payload. ok is false when there is nothing to tell.
func (d *dialogue) piece(in []byte) (used int, e sdk.Event, ok bool) {
	p := &d.pay
	if p.damage != nil {
		e = sdk.Event{Kind: sdk.KindDamaged, Ref: d.ref, Refusal: p.damage}
		p.damage, d.owed = nil, true
		return 0, e, true
	}
	used = int(min(p.left, int64(len(in))))
	if used == 0 && p.left > 0 {
		return 0, e, false
	}
	bytes := in[:used:used]
	p.left -= int64(used)
	last := p.left == 0
	p.open = !last
	if d.state != flowing && d.state != chosen {
		return used, e, false
	}
	if p.checked {
		p.sum = crc32.Update(p.sum, crc32.IEEETable, bytes)
		if last && p.sum != p.want {
			r := sdk.Refuse(sdk.DataIO, "checksum %08x, announced %08x", p.sum, p.want)
			d.owed = true
			return used, sdk.Event{Kind: sdk.KindDamaged, Ref: d.ref, Refusal: r, Restartable: true}, true
		}
	}
	e = sdk.Event{Kind: sdk.KindData, Ref: d.ref, Tag: p.tag, At: p.at, Bytes: bytes, RecordEnd: last && p.end}
	if p.at >= 0 {
		p.at += int64(used)
	}
	if p.tagged {
		e.More = !last
		if last {
			d.wants--
		}
		return used, e, true
	}
	d.flow.add(int64(used), e.RecordEnd)
	return used, e, used > 0 || e.RecordEnd
}
