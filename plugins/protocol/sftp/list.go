package sftp

import (
	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// The rights that a row shows. Nobody runs anything here.
const (
	rightsRead   = 0o444
	rightsWrite  = 0o200
	rightsSearch = 0o111
)

// attrsOf gives a row as attributes.
func attrsOf(e *sdk.DirEntry) wire.Attrs {
	a := wire.Attrs{Flags: wire.AttrMode, Mode: wire.ModeRegular}
	switch {
	case e.Dir:
		a.Mode = wire.ModeDir | rightsSearch
	case e.Size >= 0:
		a.Flags |= wire.AttrSize
		a.Size = uint64(e.Size)
	}
	if e.Read {
		a.Mode |= rightsRead
	}
	if e.Write {
		a.Mode |= rightsWrite
	}
	if !e.Modified.IsZero() {
		a.Flags |= wire.AttrTimes
		a.MTime = wire.Seconds(e.Modified)
		a.ATime = a.MTime
	}
	return a
}

// hearReadDir answers with the rows that are here, or wants the next ones.
func (d *Dialogue) hearReadDir(h *hearing, head wire.Head, c *wire.Cursor) error {
	handle := c.String()
	f := d.byHandle(handle)
	switch {
	case c.Bad():
		return h.bad(head)
	case f == nil:
		return h.say(head, wire.Failure, textHandle)
	case f.kind != listing:
		return h.say(head, wire.Failure, textFile)
	case f.failed != nil:
		h.out = appendRefusal(h.out, head.ID, f.failed)
		return nil
	case f.turned:
		return errWait
	case len(f.rows) > 0:
		h.out = d.appendRows(h.out, head.ID, f)
		return nil
	case !f.more:
		return h.say(head, wire.EOF, "")
	}
	w := d.want(f, want{id: head.ID})
	f.turned = true
	d.tell(h, sdk.Event{Kind: sdk.KindWant, Ref: f.ref, Tag: w.tag, At: f.row})
	return nil
}

// rowsSize ends a NAME packet; the row that reaches it is the last. All clients take such packets.
const rowsSize = 28 << 10

// appendRows takes as many rows as one packet bears.
func (d *Dialogue) appendRows(out []byte, id uint32, f *file) []byte {
	names := wire.BeginNames(out, id)
	for len(f.rows) > 0 && names.Len() < rowsSize {
		names.Row(f.rows[0].Name, attrsOf(&f.rows[0]), d.now)
		f.rows = f.rows[1:]
	}
	if len(f.rows) == 0 {
		f.rows = nil
	}
	return names.Done()
}

// keepRows takes rows over from the core.
func (f *file) keepRows(r *sdk.Reply) {
	f.rows, f.more = r.Entries, r.More
	f.row += int64(len(r.Entries))
}

// sayRows answers a READDIR that waited for them.
func (d *Dialogue) sayRows(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	w, f, ok := d.wanted(m.Tag)
	switch {
	case !ok || w.ref != m.Ref:
		return sdk.Said{}, out, nil
	case f.kind != listing:
		return sdk.Said{}, out, d.unfit(m)
	}
	f.keepRows(m.Reply)
	id := d.got(w, f)
	if len(f.rows) == 0 {
		f.more = false // a folder without end must not be asked for for ever
		return sdk.Said{}, wire.AppendStatus(out, id, wire.EOF, ""), nil
	}
	return sdk.Said{}, d.appendRows(out, id, f), nil
}
