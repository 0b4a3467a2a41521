package wasm

import (
	"context"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// dialogue is one call's. What is heard is copied into the block buffer of the instance once; payload is not copied back:
// the module's spans of it become slices of what was heard. Data that is said is copied in only where the module looks at
// it, and of its answer come the gaps alone.
type dialogue struct {
	exit      *Exit
	in        *instance
	who       *sdk.Question
	call      string // the session, for the log
	now       time.Time
	offer     int // how much of what was heard is offered at once
	heard     wire.Heard
	pipelines bool       // answers may be owed while it hears on
	ref       uint32     // of the file that frame is about
	frame     wire.Frame // Payload 0: Say copies
	failed    error
	closed    bool
}

var (
	_ sdk.Dialogue = (*dialogue)(nil)
	_ sdk.Framer   = (*dialogue)(nil)
)

// Bounds of what a module may answer with, in bytes.
const (
	maxOutput = 4 << 20  // to be sent, of one call
	leastHear = 4 << 10  // that are offered at once
	maxHead   = 16 << 20 // of a message that is said: a listing
)

// Hear implements [sdk.Dialogue]. A module that fails gives a Fault, and its call is over.
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
	for {
		body := in[:min(len(in), d.offer)]
		if err := d.listen(body, ev); err != nil {
			return 0, ev, out, err
		}
		x := &d.heard
		if x.Used == 0 && len(x.Events) == len(ev) && len(x.Out) == 0 && len(body) < len(in) {
			if len(body) > sdk.MaxHeld {
				return 0, ev, out, stopped(ErrReply, "it used nothing of %s bytes", grouped(int64(len(body))))
			}
			d.offer = min(2*d.offer, d.exit.limits.Block) // it waits for the rest of a unit
			continue
		}
		d.learn(x.Used, len(body))
		return x.Used, x.Events, append(out, x.Out...), nil
	}
}

// learn keeps what is offered near to what is used, so that nothing is copied many times over.
func (d *dialogue) learn(used, offered int) {
	switch {
	case used == offered:
		d.offer = min(2*d.offer, d.exit.limits.Block)
	case used < offered/2:
		d.offer = max(leastHear, 2*used)
	}
}

// listen has the module hear once. What it said is in d.heard.
func (d *dialogue) listen(body []byte, ev []sdk.Event) error {
	room := cap(ev) - len(ev)
	reply, err := d.ask(wire.MethodHear, body, func(b []byte) []byte { return wire.AppendHear(b, room) })
	if err != nil {
		return err
	}
	x := &d.heard
	x.Events = ev
	if err := wire.ParseHeard(x, reply); err != nil {
		return unread(err)
	}
	if x.Err != "" {
		return stopped(ErrReply, "it cannot go on: %s", printable(x.Err, maxWords))
	}
	if x.Used > len(body) {
		return stopped(ErrReply, "it used %s bytes of %s", grouped(int64(x.Used)), grouped(int64(len(body))))
	}
	if x.Out, err = d.output(x.Out, x.OutAt); err != nil {
		return err
	}
	return d.events(body, x.Events[len(ev):])
}

// events gives the events that were heard their bytes, and holds their order against the contract.
func (d *dialogue) events(body []byte, ev []sdk.Event) error {
	if err := wire.CheckOrder(ev, d.pipelines); err != nil {
		return unread(err)
	}
	for i := range ev {
		e := &ev[i]
		switch s := d.heard.Spans[i]; {
		case s.Len == 0:
		case e.Kind != sdk.KindData:
			return stopped(ErrReply, "the event %s with bytes", e.Kind)
		default:
			b, err := d.payload(body, s)
			if err != nil {
				return err
			}
			e.Bytes = b
		}
	}
	return nil
}

// payload finds the bytes of a span: as a rule a part of what was heard.
func (d *dialogue) payload(body []byte, s wire.Span) ([]byte, error) {
	view, ok := d.in.mem.Read(s.At, s.Len)
	if !ok {
		return nil, stopped(ErrReply, "its data of %s bytes at %#x lies outside its memory", grouped(int64(s.Len)), s.At)
	}
	from := int64(s.At) - int64(d.in.buffer.ptr)
	to := from + int64(s.Len)
	if from < 0 || from >= int64(d.in.buffer.size) {
		return view, nil // of its own: it stays until the next call
	}
	if to > int64(d.heard.Used) {
		return nil, stopped(ErrReply, "its data ends at byte %s, it used %s", grouped(to), grouped(int64(d.heard.Used)))
	}
	if d.heard.Changed {
		copy(body[from:to], view)
	}
	return body[from:to:to], nil
}

// output finds what is to be sent.
func (d *dialogue) output(out []byte, at wire.Span) ([]byte, error) {
	if at.Len == 0 {
		return out, nil
	}
	if at.Len > maxOutput {
		return nil, stopped(ErrReply, "it wants %s bytes to be sent at once, %s are allowed", grouped(int64(at.Len)), grouped(maxOutput))
	}
	view, ok := d.in.mem.Read(at.At, at.Len)
	if !ok {
		return nil, stopped(ErrReply, "its output of %s bytes at %#x lies outside its memory", grouped(int64(at.Len)), at.At)
	}
	return view, nil
}

// Frame implements [sdk.Framer]: it asks the module. One that cannot answer is said data as it is.
func (d *dialogue) Frame(ref uint32) (gap, max int) {
	d.ref, d.frame = ref, wire.Frame{}
	if d.failed != nil {
		return 0, 0
	}
	reply, err := d.ask(wire.MethodFrame, nil, func(b []byte) []byte { return wire.AppendFrameRequest(b, ref) })
	if int64(d.in.stack[0]) == notImplemented {
		return 0, 0
	}
	var f wire.Frame
	if err == nil {
		if f, err = wire.ParseFrame(reply); err == nil {
			err = f.Check()
		}
		if err != nil {
			err = unread(err)
		}
	}
	if err != nil {
		d.fail(err)
		return 0, 0
	}
	d.frame = f
	return f.Gap, f.Payload
}

// notImplemented is what a module answers to a method that it does not have.
const notImplemented = -1

// ask has the module do one thing, with a place at the gate, fuel and a deadline of its own. The body goes into the block
// buffer. The reply is a copy.
func (d *dialogue) ask(method uint64, body []byte, head func([]byte) []byte) (reply string, err error) {
	return d.askWith(method, len(body), func(buffer []byte) { copy(buffer, body) }, head)
}

// askWith is ask for a body of size bytes that fill writes.
func (d *dialogue) askWith(method uint64, size int, fill func([]byte), head func([]byte) []byte) (string, error) {
	e, in, ctx := d.exit, d.in, context.Background()
	if err := e.gate.enter(ctx, e.times[talking].wait); err != nil {
		return "", stopped(busyKind(err), "%s for its turn", busyWords(err))
	}
	e.begin(ctx, in, talking)
	in.task.clock = d.now
	defer in.leaveGate() // if the host itself fails, others shall not wait for ever
	if err := in.room(&in.buffer, e.limits.Block); err != nil {
		return "", err
	}
	n, err := in.writeHead(head)
	if err != nil {
		return "", err
	}
	if size > 0 {
		buffer, ok := in.mem.Read(in.buffer.ptr, uint32(size))
		if !ok {
			return "", stopped(ErrMemory, "its block buffer is gone")
		}
		fill(buffer)
	}
	in.stack = [5]uint64{method, uint64(in.request.ptr), uint64(n), uint64(in.buffer.ptr), uint64(size)}
	if err := in.run(in.call, 5); err != nil {
		return "", err
	}
	if int64(in.stack[0]) >= 0 && uint32(in.stack[0]) == 0 {
		return "", nil // a message of which every field is 0
	}
	b, err := in.reply()
	return string(b), err
}

// writeHead encodes a message into the module's memory, or beside it where it does not fit.
func (in *instance) writeHead(head func([]byte) []byte) (int, error) {
	if err := in.room(&in.request, firstRequest); err != nil {
		return 0, err
	}
	view, ok := in.mem.Read(in.request.ptr, in.request.size)
	if !ok {
		return 0, stopped(ErrMemory, "its request buffer is gone")
	}
	b := head(view[:0:len(view)])
	if len(b) <= len(view) {
		return len(b), nil
	}
	if len(b) > maxHead {
		return 0, stopped(ErrMemory, "a message of %s bytes is more than a module is given", grouped(int64(len(b))))
	}
	if err := in.room(&in.request, len(b)+len(b)/4); err != nil {
		return 0, err
	}
	if !in.mem.Write(in.request.ptr, b) {
		return 0, stopped(ErrMemory, "its request buffer is gone")
	}
	return len(b), nil
}

func unread(err error) error {
	return stopped(ErrReply, "its answer cannot be read: %s", printable(err.Error(), maxWords))
}

// fail ends the dialogue: nothing is asked of this instance any more.
func (d *dialogue) fail(err error) {
	e := d.exit
	failure := e.failure(d.in, "", ErrTrap, err)
	d.failed = e.report(d.who, failure)
	e.log.Error("the protocol's module failed", "protocol", e.name, "session", d.call, "error", failure)
}

// Close lets the module end and gives its instance to nobody: what it saw of one call, no other shall see.
func (d *dialogue) Close() {
	if d.closed {
		return
	}
	d.closed = true
	if d.failed == nil {
		if _, err := d.ask(wire.MethodEnd, nil, func(b []byte) []byte { return b }); err != nil {
			d.fail(err)
		} else {
			d.exit.breaker.good()
		}
	}
	d.in.close()
	d.exit.filters.drop(callerOf(d.who))
	d.exit.leave()
}
