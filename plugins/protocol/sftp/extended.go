package sftp

import (
	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// hearExtended takes the extensions that VERSION lists.
func (d *Dialogue) hearExtended(h *hearing, head wire.Head, c *wire.Cursor) error {
	name := c.String()
	if c.Bad() {
		return h.bad(head)
	}
	switch string(name) {
	case wire.PosixRename:
		return d.rename(h, head, c, sdk.ModeReplace)
	case wire.StatVFS:
		return d.askOne(h, head, c, sdk.ActionStatvfs)
	case wire.FStatVFS:
		return d.hearFStatVFS(h, head, c)
	case wire.FSync:
		return d.hearFSync(h, head, c)
	case wire.Limits:
		h.out = wire.AppendLimits(h.out, head.ID, MaxHandles)
		return nil
	}
	return h.say(head, wire.OpUnsupported, textUnknown)
}

// hearFStatVFS asks for the space where an open file lies.
func (d *Dialogue) hearFStatVFS(h *hearing, head wire.Head, c *wire.Cursor) error {
	handle := c.String()
	f := d.byHandle(handle)
	switch {
	case c.Bad():
		return h.bad(head)
	case f == nil:
		return h.say(head, wire.Failure, textHandle)
	}
	d.ask(h, single, head, request(sdk.ActionStatvfs, f.name), nil)
	return nil
}

// hearFSync asks for a sync point: it is answered when everything written so far is durable.
func (d *Dialogue) hearFSync(h *hearing, head wire.Head, c *wire.Cursor) error {
	handle := c.String()
	f := d.byHandle(handle)
	switch {
	case c.Bad():
		return h.bad(head)
	case f == nil:
		return h.say(head, wire.Failure, textHandle)
	case f.failed != nil:
		h.out = appendRefusal(h.out, head.ID, f.failed)
		return nil
	case f.kind != writing:
		h.out = wire.AppendOK(h.out, head.ID)
		return nil
	}
	f.point++
	d.want(f, want{id: head.ID, sync: true, point: f.point})
	d.tell(h, sdk.Event{Kind: sdk.KindSync, Ref: f.ref, Point: f.point})
	return nil
}

// saySynced answers every fsync up to the point.
func (d *Dialogue) saySynced(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	for i := range d.wants {
		if w := &d.wants[i]; w.used && w.sync && w.ref == m.Ref && w.point <= m.Point {
			out = wire.AppendOK(out, d.got(w, d.file(w.ref)))
		}
	}
	return sdk.Said{}, out, nil
}

// block is the size in which space is told.
const block = 4096

// spaceOf tells bytes in blocks.
func spaceOf(s *sdk.Space) wire.Space {
	count := func(n int64) uint64 { return uint64(max(n, 0)) }
	return wire.Space{Block: block, Blocks: count(s.Total) / block, Free: count(s.Free) / block, Avail: count(s.Available) / block,
		Files: count(s.Files), FilesFree: count(s.FilesFree), Name: sdk.MaxElement}
}
