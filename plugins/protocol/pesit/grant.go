package pesit

import (
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// maxFileType is the largest PI 11 that a file may have; those above are messages and reserved.
const maxFileType = 0xFFFB

// sayGrant answers CREATE or SELECT.
func (d *Dialogue) sayGrant(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if m.Grant == nil || d.state != stateCreating && d.state != stateSelecting {
		return sdk.Said{}, d.unfit(m)
	}
	if err := d.settle(m, sdk.KindRequest); err != nil {
		return sdk.Said{}, err
	}
	narrowed := offerOf(m.Grant.Terms)
	d.file.entity = max(minEntity, min(d.file.entity, narrowed.entity))
	d.file.mode &= narrowed.mode
	selecting := d.state == stateSelecting
	d.state = stateSelected
	if selecting {
		return sdk.Said{}, d.ackSelect(m.Grant, out)
	}
	return sdk.Said{}, d.ackCreate(m.Grant, out)
}

// ackCreate names a number only where it is not the requester's own: it is for information.
func (d *Dialogue) ackCreate(g *sdk.Grant, out *[]byte) error {
	b := d.begin(*out, wire.AckCreate)
	b.Diagnostic(wire.Success)
	if g.Number != 0 && g.Number != d.file.number {
		b.Num(wire.PITransfer, uint64(g.Number))
	}
	b.Num(wire.PIMaxEntity, uint64(d.file.entity))
	return done(&b, out)
}

// ackSelect describes the file as strict requesters want it: a concrete name, a number that is not 0, an article length that
// fits an entity and an interval, and the groups that PI 14 asked for.
func (d *Dialogue) ackSelect(g *sdk.Grant, out *[]byte) error {
	if g.Number != 0 {
		d.file.number = g.Number
	}
	if d.file.number == 0 {
		return fmt.Errorf("grant of a file without a transfer number")
	}
	name, kind := d.file.text, uint64(g.Type)
	if g.File != "" {
		name = g.File
	}
	if g.Type < 0 || kind > maxFileType {
		kind = 0
	}
	d.file.shape = shapeOf(g.Terms, g.Attributes)
	d.settleLength()
	s := description{shape: d.file.shape, attributes: g.Attributes, label: clip(g.Label, maxLabel), size: g.Size, modified: g.Modified}
	b := d.begin(*out, wire.AckSelect)
	b.Diagnostic(wire.Success)
	d.name(&b, kind, name)
	b.Num(wire.PITransfer, uint64(d.file.number))
	symbol(&b, wire.PIDataCode, dataCodes, g.Attributes[AttrDataCode])
	b.Num(wire.PIMaxEntity, uint64(d.file.entity))
	if d.file.wanted {
		s.logical(&b)
		s.physical(&b)
		s.historical(&b)
	}
	return done(&b, out)
}

// settleLength fixes the article length (PI 32) of a file that we describe. It is never longer than the sync interval. For a
// stream it is the largest power of two that one entity takes, so that sync points fall on multiples of the interval.
func (d *Dialogue) settleLength() {
	most := int64(wire.MaxEntity)
	if d.agreed.interval > 0 {
		most = min(most, d.agreed.limit())
	}
	if d.file.length > 0 {
		most = min(most, int64(d.file.length))
	}
	if d.file.records {
		if d.file.length == 0 && d.file.mode != 0 {
			most -= most/64 + 1 // see wire.CompressedMax: compressed, an article may grow, and must still fit the interval
		}
		d.file.length = int(most)
		return
	}
	most = min(most, int64(d.file.entity-lengthMargin))
	d.file.length = 1
	for int64(d.file.length)*2 <= most {
		d.file.length *= 2
	}
}

// maxLabel is the longest PI 37, in characters.
const maxLabel = 80

// clip cuts a text that only informs: a longer one is no reason to fail. Each character takes one byte on the wire.
func clip(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), n)])
}

// lengthMargin is what an article needs beside itself in an entity: header, and check bytes or its own length.
const lengthMargin = wire.HeaderSize + 2
