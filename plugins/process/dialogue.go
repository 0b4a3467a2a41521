package process

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// dialogue is one call's stream. What is heard goes to the process; its payload does not come back, spans of it do. Its
// calls never overlap.
type dialogue struct {
	e         *Exit
	c         *child
	call      string // the session, for the log
	ctx       context.Context
	cancel    context.CancelFunc
	stream    grpc.ClientStream
	in        frame.In
	heard     wire.Heard
	offer     int // how much of what was heard is sent at once; 0: as much as a message holds
	pipelines bool
	ref       uint32 // of the file that frame is about
	frame     wire.Frame
	failed    error
	closed    bool
}

var (
	_ sdk.Dialogue = (*dialogue)(nil)
	_ sdk.Framer   = (*dialogue)(nil)
)

// leastHear is how much is offered at once at least, in bytes.
const leastHear = 4 << 10

// Hear implements [sdk.Dialogue]. A process that fails gives a Fault, and its call is over.
func (d *dialogue) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	if d.failed != nil {
		return len(in), ev, out, nil
	}
	used, events, output, err := d.hear(in, ev, out)
	if err != nil {
		d.fail(err)
		fault := sdk.Event{Kind: sdk.KindFault, Refusal: sdk.Refuse(sdk.ExitFailed, "").Because(d.failed)}
		return len(in), append(ev, fault), out, nil
	}
	return used, events, output, nil
}

func (d *dialogue) hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	if d.offer == 0 {
		d.offer = frame.Block
	}
	for {
		body := in[:min(len(in), d.offer)]
		if err := d.listen(body, ev); err != nil {
			return 0, ev, out, err
		}
		x := &d.heard
		if x.Used == 0 && len(x.Events) == len(ev) && len(x.Out) == 0 && len(body) < len(in) {
			if len(body) > sdk.MaxHeld {
				return 0, ev, out, d.e.fail(talking, ErrReply, "it used nothing of %d bytes", len(body))
			}
			d.offer = min(2*d.offer, frame.Block) // it waits for the rest of a unit
			continue
		}
		switch {
		case x.Used == len(body):
			d.offer = min(2*d.offer, frame.Block)
		case x.Used < len(body)/2: // so that nothing is sent many times over
			d.offer = max(leastHear, 2*x.Used)
		}
		return x.Used, x.Events, append(out, x.Out...), nil
	}
}

// listen has the process hear once. What it said is in d.heard.
func (d *dialogue) listen(body []byte, ev []sdk.Event) error {
	room := cap(ev) - len(ev)
	head, _, err := d.turn(frame.HeadHear, d.e.pool.Copy(body), func(b []byte) []byte { return wire.AppendHear(b, room) })
	if err != nil {
		return err
	}
	x := &d.heard
	x.Events = ev
	if err := wire.ParseHeard(x, string(head)); err != nil {
		return d.unread(err)
	}
	switch {
	case x.Err != "":
		return d.e.fail(talking, ErrFailed, "it cannot go on: %s", printable(x.Err, 1000))
	case x.Used > len(body):
		return d.e.fail(talking, ErrReply, "it used %d bytes of %d", x.Used, len(body))
	}
	fresh := x.Events[len(ev):]
	if err := wire.CheckOrder(fresh, d.pipelines); err != nil {
		return d.unread(err)
	}
	for i := range fresh {
		s := x.Spans[i]
		if s.Len == 0 {
			continue
		}
		to := uint64(s.At) + uint64(s.Len)
		if fresh[i].Kind != sdk.KindData || to > uint64(x.Used) {
			return d.e.fail(talking, ErrReply, "the event %s with bytes up to %d, it used %d", fresh[i].Kind, to, x.Used)
		}
		fresh[i].Bytes = body[s.At:to:to]
	}
	return nil
}

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
		return sdk.Said{}, out, sdk.Refuse(sdk.ExitFailed, "").Because(errors.New(printable(x.Err, 1000)))
	}
	return x.Said, append(out, x.Out...), nil
}

func (d *dialogue) say(m sdk.Message) (wire.Said, error) {
	size, layout := d.layout(&m)
	data, body := m.Bytes, mem.Buffer(nil)
	if layout != nil && layout.HeadersOnly {
		m.Len = size
	} else if size > 0 {
		body = d.e.pool.Copy(data[:size])
	}
	head, gaps, err := d.turn(frame.HeadSay, body, func(b []byte) []byte { return wire.AppendSay(b, &m, layout) })
	if err != nil {
		return wire.Said{}, err
	}
	x, err := wire.ParseSaid(string(head))
	if err != nil {
		return x, d.unread(err)
	}
	if x.Used > size {
		return x, d.e.fail(talking, ErrReply, "it took %d bytes of %d", x.Used, size)
	}
	if layout != nil && x.Err == "" {
		return x, d.fill(data[:x.Used], gaps, layout)
	}
	return x, nil
}

// layout says how much of a message's bytes is said at once, and how it is laid out; nil: not at all. A message of which
// only a part is said does not end a record.
func (d *dialogue) layout(m *sdk.Message) (size int, layout *wire.Frame) {
	if m.Kind != sdk.KindData {
		return 0, nil
	}
	most := frame.Block
	if m.At < 0 && m.Ref == d.ref && d.frame.Payload > 0 {
		layout = &d.frame
		most -= most % (layout.Gap + layout.Payload)
	}
	if size = len(m.Bytes); size > most {
		size, m.RecordEnd = most, false
	}
	return size, layout
}

// fill copies the gaps that the process gave into framed data.
func (d *dialogue) fill(data, gaps []byte, f *wire.Frame) error {
	for at := 0; at < len(data); at += f.Gap + f.Payload {
		n := min(f.Gap, len(data)-at)
		if n > len(gaps) {
			return d.e.fail(talking, ErrReply, "it left gaps unfilled")
		}
		copy(data[at:], gaps[:n])
		gaps = gaps[n:]
	}
	return nil
}

// Frame implements [sdk.Framer]: it asks the process.
func (d *dialogue) Frame(ref uint32) (gap, max int) {
	d.ref, d.frame = ref, wire.Frame{}
	if d.failed != nil {
		return 0, 0
	}
	head, _, err := d.turn(frame.HeadFrame, nil, func(b []byte) []byte { return wire.AppendFrameRequest(b, ref) })
	var f wire.Frame
	if err == nil {
		if f, err = wire.ParseFrame(string(head)); err == nil {
			err = f.Check()
		}
		if err != nil {
			err = d.unread(err)
		}
	}
	if err != nil {
		d.fail(err)
		return 0, 0
	}
	d.frame = f
	return f.Gap, f.Payload
}

// turn sends one message and takes its answer, of which head and body are valid until the next.
func (d *dialogue) turn(h frame.Head, body mem.Buffer, write func([]byte) []byte) (head, back []byte, err error) {
	defer d.bound()()
	if err := d.stream.SendMsg(frame.Turn(h, body, write)); err != nil && !errors.Is(err, io.EOF) { // io.EOF: RecvMsg says why
		return nil, nil, d.failure(err)
	}
	if err := d.stream.RecvMsg(&d.in); err != nil {
		return nil, nil, d.failure(err)
	}
	got, head, back, err := frame.ParseTurn(d.in.Bytes())
	if err != nil {
		return nil, nil, d.unread(err)
	}
	if got != h {
		return nil, nil, d.e.fail(talking, ErrReply, "it answered something else than it was asked")
	}
	d.c.good()
	return head, back, nil
}

func (d *dialogue) unread(err error) error {
	return d.e.fail(talking, ErrReply, "its answer cannot be read: %s", printable(err.Error(), 1000))
}

// fail ends the dialogue: nothing is asked on this stream any more.
func (d *dialogue) fail(err error) {
	d.failed = err
	d.cancel()
	d.e.set.Log.Error("the protocol's process failed", "session", d.call, "error", err)
}

// Close tells the process that the call is over, and waits for nothing.
func (d *dialogue) Close() {
	if d.closed {
		return
	}
	d.closed = true
	if d.failed == nil {
		_ = d.stream.SendMsg(frame.Turn(frame.HeadEnd, nil, func(b []byte) []byte { return b })) // it may be gone already
		_ = d.stream.CloseSend()
	}
	d.hangUp()
}

// hangUp gives back what the call held. The stream ends with its context.
func (d *dialogue) hangUp() {
	if d.cancel != nil {
		d.cancel()
	}
	d.e.leave()
}
