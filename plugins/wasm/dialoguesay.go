package wasm

import (
	"errors"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Say implements [sdk.Dialogue]. After a failure there is nothing left to say: the call is hung up.
func (d *dialogue) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if d.failed != nil {
		return sdk.Said{Next: sdk.Hangup}, out, nil
	}
	x, err := d.say(m)
	if err != nil {
		d.fail(err)
		return sdk.Said{}, out, sdk.Refuse(sdk.ExitFailed, "").Because(d.failed)
	}
	if x.Err != "" {
		return sdk.Said{}, out, sdk.Refuse(sdk.ExitFailed, "").Because(errors.New(printable(x.Err, maxWords)))
	}
	return x.Said, append(out, x.Out...), nil
}

func (d *dialogue) say(m sdk.Message) (wire.Said, error) {
	size, frame := d.layout(&m)
	fill := func(buffer []byte) { copy(buffer, m.Bytes[:size]) }
	if frame != nil && frame.HeadersOnly {
		fill = func([]byte) {}
	}
	reply, err := d.askWith(wire.MethodSay, size, fill, func(b []byte) []byte { return wire.AppendSay(b, &m, frame) })
	if err != nil {
		return wire.Said{}, err
	}
	x, err := wire.ParseSaid(reply)
	if err != nil {
		return x, unread(err)
	}
	if x.Used > size {
		return x, stopped(ErrReply, "it took %s bytes of %s", grouped(int64(x.Used)), grouped(int64(size)))
	}
	if frame != nil {
		if err := d.gaps(m.Bytes[:x.Used], frame); err != nil {
			return x, err
		}
	}
	x.Out, err = d.output(x.Out, x.OutAt)
	return x, err
}

// layout says how much of a message's bytes goes into the block buffer, and how it is laid out; nil: not at all. A message
// of which only a part fits does not end a record.
func (d *dialogue) layout(m *sdk.Message) (size int, frame *wire.Frame) {
	if m.Kind != sdk.KindData {
		return 0, nil
	}
	size, most := len(m.Bytes), d.exit.limits.Block
	if m.At < 0 && m.Ref == d.ref && d.frame.Payload > 0 {
		frame = &d.frame
		unit := frame.Gap + frame.Payload
		most = most / unit * unit
	}
	if size > most {
		size, m.RecordEnd = most, false
	}
	return size, frame
}

// gaps copies what the module wrote into the gaps of framed data.
func (d *dialogue) gaps(data []byte, f *wire.Frame) error {
	view, ok := d.in.mem.Read(d.in.buffer.ptr, uint32(len(data)))
	if !ok {
		return stopped(ErrMemory, "its block buffer is gone")
	}
	for at := 0; at < len(data); at += f.Gap + f.Payload {
		copy(data[at:min(at+f.Gap, len(data))], view[at:])
	}
	return nil
}
