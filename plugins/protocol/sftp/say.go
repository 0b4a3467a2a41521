package sftp

import (
	"encoding/binary"
	"fmt"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// Say appends the message's bytes to out. A ref or a tag that nothing is owed to any more was overtaken: nothing is said.
// After the end of the session it writes nothing and answers Hangup.
func (d *Dialogue) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	switch {
	case d.phase == phaseOver:
		return sdk.Said{Next: sdk.Hangup}, out, nil
	case m.Kind == sdk.KindAbort || m.Kind == sdk.KindExpired:
		return sdk.Said{Next: sdk.Hangup}, d.farewell(whyOver(&m), out), nil
	case d.phase == phaseGreeted:
		return d.sayGreeting(&m, out)
	case d.phase == phaseInit:
		return sdk.Said{}, out, d.unfit(&m)
	}
	switch m.Kind {
	case sdk.KindData:
		return d.sayData(&m, out)
	case sdk.KindSynced:
		return d.saySynced(&m, out)
	case sdk.KindReply:
		return d.sayReply(&m, out)
	case sdk.KindGrant, sdk.KindStart, sdk.KindFinished, sdk.KindRefuse, sdk.KindStop:
		return d.sayOfFile(&m, out)
	}
	return sdk.Said{}, out, d.unfit(&m)
}

// unfit is the error of a message that does not belong here: a fault of the core.
func (d *Dialogue) unfit(m *sdk.Message) error {
	return fmt.Errorf("sftp: %s of ref %d does not fit what was asked", m.Kind, m.Ref)
}

// whyOver is said to whoever still waits for an answer when the session ends.
func whyOver(m *sdk.Message) *sdk.Refusal {
	switch {
	case m.Kind == sdk.KindAbort && m.Refusal != nil:
		return m.Refusal
	case m.Kind == sdk.KindAbort:
		return sdk.Refuse(sdk.ServerStopping, "the session was aborted")
	case m.Timer == sdk.TimerOfIdle:
		return sdk.Refuse(sdk.TimerIdle, "nothing was asked for too long")
	}
	return sdk.Refuse(sdk.TimerMessage, "an answer did not come in time")
}

// sayGreeting answers INIT. SFTP has no word for a refusal here: the channel is closed.
func (d *Dialogue) sayGreeting(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	switch m.Kind {
	case sdk.KindWelcome:
		d.phase = phaseOpen
		return sdk.Said{}, wire.AppendVersion(out), nil
	case sdk.KindRefuse:
		d.phase = phaseOver
		return sdk.Said{Next: sdk.Hangup}, out, nil
	}
	return sdk.Said{}, out, d.unfit(m)
}

// sayOfFile says what has a row in the life of a file: asked, granted, started, finished, or stopped.
func (d *Dialogue) sayOfFile(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	f := d.file(m.Ref)
	transfer := f != nil && (f.kind == writing || f.kind == reading)
	switch {
	case m.Kind == sdk.KindRefuse && m.Tag != 0:
		out = d.refuseWant(m, out)
	case f == nil:
	case m.Kind == sdk.KindStop && f.kind != single:
		out = d.stop(f, refusalOf(m.Refusal), out)
	case m.Kind == sdk.KindRefuse:
		out = d.refuse(f, refusalOf(m.Refusal), out)
	case m.Kind == sdk.KindGrant && transfer && f.owing && f.state == requested:
		d.granted(f, m.Grant)
	case m.Kind == sdk.KindStart && transfer && f.owing && f.state == beginning:
		out = d.started(f, m, out)
	case m.Kind == sdk.KindFinished && transfer && f.owing && f.state == finishing:
		out = wire.AppendOK(out, d.paid(f))
		d.leave(f)
	default:
		return sdk.Said{}, out, d.unfit(m)
	}
	return sdk.Said{}, out, nil
}

// granted asks for the beginning at once: SFTP has no packet between OPEN and its handle.
func (d *Dialogue) granted(f *file, g *sdk.Grant) {
	f.state = beginning
	if g != nil && f.kind == reading {
		f.size, f.changed = g.Size, g.Modified
	}
	d.pending = append(d.pending, sdk.Event{Kind: sdk.KindBegin, Ref: f.ref, Point: sdk.NoPoint})
}

// started gives the client its handle. What is written goes on behind At.
func (d *Dialogue) started(f *file, m *sdk.Message, out []byte) []byte {
	if f.kind == writing {
		f.size, f.point = max(m.At, 0), max(m.Point, 0)
	}
	return d.stand(f, out)
}

func (d *Dialogue) stand(f *file, out []byte) []byte {
	f.state, f.token = standing, d.token(f)
	var handle [8]byte
	binary.BigEndian.PutUint64(handle[:], f.token)
	return wire.AppendHandle(out, d.paid(f), handle[:])
}

// refuse answers what was asked about a file as a whole. One that was granted is left.
func (d *Dialogue) refuse(f *file, r *sdk.Refusal, out []byte) []byte {
	if !f.owing {
		return out
	}
	out = appendRefusal(out, d.paid(f), r)
	if f.state == requested {
		d.drop(f)
	} else {
		d.leave(f)
	}
	return out
}

// refuseWant answers one READ or READDIR.
func (d *Dialogue) refuseWant(m *sdk.Message, out []byte) []byte {
	if w, f, ok := d.wanted(m.Tag); ok && w.ref == m.Ref {
		out = appendRefusal(out, d.got(w, f), refusalOf(m.Refusal))
	}
	return out
}

// stop fails a file: everything owed under it is answered so, and everything that comes until CLOSE will be. Where the client
// has no handle, or has given it back, the file is left at once.
func (d *Dialogue) stop(f *file, r *sdk.Refusal, out []byte) []byte {
	if f.failed != nil {
		return out
	}
	f.failed = r
	out = d.failOwed(f, r, out)
	d.forget(f.ref)
	d.pending = append(d.pending, sdk.Event{Kind: sdk.KindStopped, Ref: f.ref})
	if f.state != standing {
		d.leave(f)
	}
	return out
}

// forget takes back what was not told yet of a file.
func (d *Dialogue) forget(ref uint32) {
	kept := d.pending[:0]
	for _, e := range d.pending {
		if e.Ref != ref {
			kept = append(kept, e)
		}
	}
	clear(d.pending[len(kept):])
	d.pending = kept
}

// sayReply answers what one answer ends, and gives the rows of a folder.
func (d *Dialogue) sayReply(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if m.Reply == nil {
		m.Reply = &sdk.Reply{}
	}
	if m.Tag != 0 {
		return d.sayRows(m, out)
	}
	f := d.file(m.Ref)
	switch {
	case f == nil:
		return sdk.Said{}, out, nil
	case !f.owing || f.state != requested:
		return sdk.Said{}, out, d.unfit(m)
	case f.kind == listing:
		f.keepRows(m.Reply)
		return sdk.Said{}, d.stand(f, out), nil
	case f.kind != single:
		return sdk.Said{}, out, d.unfit(m)
	}
	out = d.answer(f, m.Reply, out)
	d.drop(f)
	return sdk.Said{}, out, nil
}

// answer says the reply in the packet that belongs to what was asked.
func (d *Dialogue) answer(f *file, r *sdk.Reply, out []byte) []byte {
	id := d.paid(f)
	switch f.packet {
	case wire.Stat, wire.LStat:
		if len(r.Entries) == 0 {
			return appendRefusal(out, id, sdk.Refuse(sdk.FileMissing, "no row came"))
		}
		return wire.AppendAttrs(out, id, attrsOf(&r.Entries[0]))
	case wire.Extended:
		if r.Space != nil && r.Space.Total > 0 { // 0 is unknown, and a full disk to a client
			return wire.AppendSpace(out, id, spaceOf(r.Space))
		}
		if f.action == sdk.ActionStatvfs {
			return wire.AppendStatus(out, id, wire.OpUnsupported, textUnknown)
		}
	case wire.FSetStat:
		if open := d.file(f.about); open != nil && open.kind == writing && f.resize >= 0 {
			open.size = f.resize
		}
	}
	return wire.AppendOK(out, id)
}
