package sftp

import (
	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// heard is what each packet does, with a cursor behind its id. A handler that returns errWait has changed nothing; the
// packet comes again. Packets that are not here are not supported.
var heard = [256]func(*Dialogue, *hearing, wire.Head, *wire.Cursor) error{
	wire.Open:     (*Dialogue).hearOpen,
	wire.Close:    (*Dialogue).hearClose,
	wire.Read:     (*Dialogue).hearRead,
	wire.LStat:    (*Dialogue).hearStat,
	wire.Stat:     (*Dialogue).hearStat,
	wire.FStat:    (*Dialogue).hearFStat,
	wire.SetStat:  (*Dialogue).hearSetStat,
	wire.FSetStat: (*Dialogue).hearFSetStat,
	wire.OpenDir:  (*Dialogue).hearOpenDir,
	wire.ReadDir:  (*Dialogue).hearReadDir,
	wire.Remove:   (*Dialogue).hearRemove,
	wire.RmDir:    (*Dialogue).hearRemove,
	wire.MkDir:    (*Dialogue).hearMkDir,
	wire.RealPath: (*Dialogue).hearRealPath,
	wire.Rename:   (*Dialogue).hearRename,
	wire.Extended: (*Dialogue).hearExtended,
}

// packet takes the packet that the rest begins with.
func (d *Dialogue) packet(h *hearing, head wire.Head) error {
	switch {
	case d.phase == phaseInit:
		return d.hearInit(h, head)
	case head.Type == wire.Init:
		return sdk.Refuse(sdk.ProtocolViolation, "a second INIT")
	case head.Type == wire.Write:
		return d.hearWrite(h, head)
	case head.Size > wire.MaxPlain:
		d.deny(h, head, wire.BadMessage, textTooLarge)
		return nil
	case len(h.rest()) < head.Size || d.owed >= sdk.MaxPipelined:
		return errWait
	}
	do := heard[head.Type]
	if do == nil {
		d.deny(h, head, wire.OpUnsupported, textUnknown)
		return nil
	}
	h.cursor = wire.NewCursor(h.rest()[wire.HeadSize:head.Size])
	if err := do(d, h, head, &h.cursor); err != nil {
		return err
	}
	h.used += head.Size
	return nil
}

// deny answers a packet that is not read further: what has come of it is used, the rest is dropped when it comes.
func (d *Dialogue) deny(h *hearing, head wire.Head, c wire.Code, text string) {
	h.out = wire.AppendStatus(h.out, head.ID, c, text)
	n := min(head.Size, len(h.rest()))
	h.used += n
	d.skip = head.Size - n
}

// say answers a packet that was read.
func (h *hearing) say(head wire.Head, c wire.Code, text string) error {
	h.out = wire.AppendStatus(h.out, head.ID, c, text)
	return nil
}

// bad answers a packet whose fields do not fit into it.
func (h *hearing) bad(head wire.Head) error { return h.say(head, wire.BadMessage, textMessage) }

// hearInit opens the session. Extensions of the client are passed over.
func (d *Dialogue) hearInit(h *hearing, head wire.Head) error {
	switch {
	case head.Type != wire.Init:
		return sdk.Refuse(sdk.ProtocolViolation, "packet %d comes before INIT", head.Type)
	case head.Size > wire.MaxPlain:
		return sdk.Refuse(sdk.ProtocolViolation, "INIT has %d bytes", head.Size)
	case head.ID < wire.Version:
		return sdk.Refuse(sdk.ProtocolVersion, "the client speaks version %d at most, this server version 3", head.ID)
	case len(h.rest()) < head.Size:
		return errWait
	}
	h.used += head.Size
	d.phase = phaseGreeted
	d.tell(h, sdk.Event{Kind: sdk.KindHello, Hello: &sdk.Hello{}})
	return nil
}

// request is what most requests begin as.
func request(a sdk.Action, name string) *sdk.Request {
	return &sdk.Request{Action: a, Kind: sdk.RequestFile, File: name, Size: -1}
}

// ask tells the core of a request, with what is against its names.
func (d *Dialogue) ask(h *hearing, k kind, head wire.Head, r *sdk.Request, against *sdk.Refusal) *file {
	f := d.take(k, head, r.File)
	f.action = r.Action
	d.tell(h, sdk.Event{Kind: sdk.KindRequest, Ref: f.ref, Request: r, Refusal: against})
	return f
}
