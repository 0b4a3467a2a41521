package sftp

import (
	"strconv"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// hearStat asks what a name is; there are no links, so that LSTAT means the same.
func (d *Dialogue) hearStat(h *hearing, head wire.Head, c *wire.Cursor) error {
	return d.askOne(h, head, c, sdk.ActionStat)
}

// askOne asks something about one path.
func (d *Dialogue) askOne(h *hearing, head wire.Head, c *wire.Cursor, a sdk.Action) error {
	raw := c.String()
	if c.Bad() {
		return h.bad(head)
	}
	name, against := clean(raw)
	if d.mustWait(single, name) {
		return errWait
	}
	d.ask(h, single, head, request(a, name), against)
	return nil
}

// hearFStat answers from what is known of the open file: the bytes written so far, or those that were granted.
func (d *Dialogue) hearFStat(h *hearing, head wire.Head, c *wire.Cursor) error {
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
	}
	e := sdk.DirEntry{Size: f.size, Modified: f.changed, Dir: f.kind == listing, Read: f.kind != writing, Write: f.kind == writing}
	h.out = wire.AppendAttrs(h.out, head.ID, attrsOf(&e))
	return nil
}

// hearSetStat asks for another size, time or rights.
func (d *Dialogue) hearSetStat(h *hearing, head wire.Head, c *wire.Cursor) error {
	raw, a := c.String(), c.Attrs()
	if c.Bad() {
		return h.bad(head)
	}
	name, against := clean(raw)
	if d.mustWait(single, name) {
		return errWait
	}
	d.ask(h, single, head, setStat(name, a), against)
	return nil
}

// hearFSetStat does so by handle.
func (d *Dialogue) hearFSetStat(h *hearing, head wire.Head, c *wire.Cursor) error {
	handle, a := c.String(), c.Attrs()
	f := d.byHandle(handle)
	switch {
	case c.Bad():
		return h.bad(head)
	case f == nil:
		return h.say(head, wire.Failure, textHandle)
	case f.failed != nil:
		h.out = appendRefusal(h.out, head.ID, f.failed)
		return nil
	}
	r := setStat(f.name, a)
	about := f.ref
	f = d.ask(h, single, head, r, nil)
	f.about, f.resize = about, r.Size
	return nil
}

// setStat writes attributes down: rights in octal, times in seconds since 1970. A size that no file can have is kept as the
// largest, for the core to refuse.
func setStat(name string, a wire.Attrs) *sdk.Request {
	r := request(sdk.ActionSetstat, name)
	if a.Flags&wire.AttrSize != 0 {
		r.Size = int64(min(a.Size, 1<<63-1))
	}
	set := func(flag uint32, name string, n uint32, base int) {
		if a.Flags&flag == 0 {
			return
		}
		if r.Attributes == nil {
			r.Attributes = make(map[string]string, 5)
		}
		r.Attributes[name] = strconv.FormatUint(uint64(n), base)
	}
	set(wire.AttrMode, "mode", a.Mode&0o7777, 8)
	set(wire.AttrTimes, "mtime", a.MTime, 10)
	set(wire.AttrTimes, "atime", a.ATime, 10)
	set(wire.AttrOwner, "uid", a.UID, 10)
	set(wire.AttrOwner, "gid", a.GID, 10)
	return r
}

// hearRemove removes a file, or a folder for RMDIR.
func (d *Dialogue) hearRemove(h *hearing, head wire.Head, c *wire.Cursor) error {
	raw := c.String()
	if c.Bad() {
		return h.bad(head)
	}
	name, against := clean(raw)
	if d.mustWait(single, name) {
		return errWait
	}
	r := request(sdk.ActionRemove, name)
	if head.Type == wire.RmDir {
		r.Attributes = map[string]string{"kind": "dir"}
	}
	d.ask(h, single, head, r, against)
	return nil
}

// hearMkDir asks for a folder; its attributes mean nothing here.
func (d *Dialogue) hearMkDir(h *hearing, head wire.Head, c *wire.Cursor) error {
	return d.askOne(h, head, c, sdk.ActionMkdir)
}

// hearRename never replaces: the draft wants an error when the new name is taken (section 6.5).
func (d *Dialogue) hearRename(h *hearing, head wire.Head, c *wire.Cursor) error {
	return d.rename(h, head, c, sdk.ModeExclusive)
}

func (d *Dialogue) rename(h *hearing, head wire.Head, c *wire.Cursor, m sdk.Mode) error {
	from, to := c.String(), c.String()
	if c.Bad() {
		return h.bad(head)
	}
	name, against := clean(from)
	target, alsoAgainst := clean(to)
	if against == nil {
		against = alsoAgainst
	}
	if d.mustWait(single, name, target) {
		return errWait
	}
	r := request(sdk.ActionRename, name)
	r.Target, r.Mode = target, m
	d.ask(h, single, head, r, against)
	return nil
}

// hearRealPath makes a path absolute. It asks nobody: whether there is such a file is another question.
func (d *Dialogue) hearRealPath(h *hearing, head wire.Head, c *wire.Cursor) error {
	raw := c.String()
	if c.Bad() {
		return h.bad(head)
	}
	name, against := clean(raw)
	if against != nil {
		h.out = appendRefusal(h.out, head.ID, against)
		return nil
	}
	names := wire.BeginNames(h.out, head.ID)
	names.Path("/" + name)
	h.out = names.Done()
	return nil
}
