package sftp

import (
	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// hearOpen asks for a transfer. What is opened to be read and written is written.
func (d *Dialogue) hearOpen(h *hearing, head wire.Head, c *wire.Cursor) error {
	raw, flags := c.String(), c.Uint32()
	if c.Attrs(); c.Bad() {
		return h.bad(head)
	}
	if d.handles >= MaxHandles {
		return h.say(head, wire.Failure, textHandles)
	}
	name, against := clean(raw)
	if d.mustWait(single, name) {
		return errWait
	}
	if flags&(wire.FlagWrite|wire.FlagAppend) == 0 {
		d.ask(h, reading, head, request(sdk.ActionRead, name), against)
		return nil
	}
	r := request(sdk.ActionCreate, name)
	r.Mode = modeOf(flags)
	d.ask(h, writing, head, r, against)
	return nil
}

// modeOf says what an OPEN does with what is there. One that neither truncates nor appends goes on with it.
func modeOf(flags uint32) (m sdk.Mode) {
	if flags&wire.FlagExclusive != 0 {
		m |= sdk.ModeExclusive
	}
	if flags&wire.FlagTruncate != 0 {
		m |= sdk.ModeReplace
	}
	if flags&wire.FlagAppend != 0 {
		m |= sdk.ModeAppend
	}
	if m == 0 {
		m = sdk.ModeKeep
	}
	return m
}

// hearOpenDir asks for a listing.
func (d *Dialogue) hearOpenDir(h *hearing, head wire.Head, c *wire.Cursor) error {
	raw := c.String()
	if c.Bad() {
		return h.bad(head)
	}
	if d.handles >= MaxHandles {
		return h.say(head, wire.Failure, textHandles)
	}
	name, against := clean(raw)
	if d.mustWait(listing, name) {
		return errWait
	}
	d.ask(h, listing, head, request(sdk.ActionList, name), against)
	return nil
}

// hearClose ends a transfer or a listing. It waits for what is still owed under the handle, because a client may send it
// before it has all answers. The handle means nothing from now on.
func (d *Dialogue) hearClose(h *hearing, head wire.Head, c *wire.Cursor) error {
	handle := c.String()
	f := d.byHandle(handle)
	switch {
	case c.Bad():
		return h.bad(head)
	case f == nil:
		return h.say(head, wire.Failure, textHandle)
	case f.wants > 0:
		return errWait
	case f.failed != nil:
		h.out = appendRefusal(h.out, head.ID, f.failed)
		d.leave(f)
		return nil
	case f.kind == listing:
		h.out = wire.AppendOK(h.out, head.ID)
		d.leave(f)
		return nil
	case f.kind == writing:
		d.tell(h, sdk.Event{Kind: sdk.KindEnd, Ref: f.ref})
	}
	f.token, f.state = 0, finishing
	d.owe(f, head)
	d.tell(h, sdk.Event{Kind: sdk.KindFinish, Ref: f.ref, Agree: true})
	return nil
}
