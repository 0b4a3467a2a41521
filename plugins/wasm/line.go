package wasm

import (
	"context"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/store"
)

// line carries the calls of a backend into instances of its module. The errors it gives are [*Failure].
type line struct{ e *Exit }

var nobody = sdk.Question{Point: atBackend} // asks a backend: transfers have no names there

// begin lets one use of the module in, and takes a place of its pool; end must follow.
func (l line) begin(p *pool) *Failure {
	e := l.e
	if !e.enter() {
		return &Failure{noun: e.noun, What: "it was unloaded", Exit: e.name, Point: atBackend, Kind: ErrClosed}
	}
	if why := e.breaker.allow(&nobody); why != "" {
		e.leave()
		return &Failure{noun: e.noun, Exit: e.name, Point: atBackend, Kind: ErrOpen, What: why}
	}
	if err := p.take(context.Background(), e.times[atBackend].wait, caller{}); err != nil {
		e.leave()
		e.breaker.nothing()
		return e.busy(atBackend, err, "for an instance")
	}
	return nil
}

func (l line) end(p *pool) {
	p.drop(caller{})
	l.e.leave()
}

// instance gives an idle instance or a new one, ready for a call.
func (l line) instance() (*instance, *Failure) {
	e := l.e
	if err := e.gate.enter(context.Background(), e.times[atBackend].wait); err != nil {
		return nil, e.busy(atBackend, err, "for its turn")
	}
	in := e.filters.get()
	if in == nil {
		var err error
		if in, err = e.newInstance(context.Background(), atBackend, nil); err != nil {
			return nil, err.(*Failure)
		}
	}
	e.begin(context.Background(), in, atBackend)
	return in, nil
}

// report tells the breaker how a call ended and gives the failure as an error.
func (l line) report(f *Failure) error {
	return l.e.report(&nobody, f)
}

// Call asks an instance of those that have no file open.
func (l line) Call(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, error) {
	p := l.e.asked
	if f := l.begin(p); f != nil {
		return wire.BackendReply{}, f
	}
	defer l.end(p)
	in, f := l.instance()
	if f != nil {
		return wire.BackendReply{}, l.report(f)
	}
	a, err := l.ask(in, m, c, nil, nil)
	if err != nil {
		f = l.e.failure(in, atBackend, ErrTrap, err)
		in.close()
		return a, l.report(f)
	}
	l.giveBack(in)
	return a, l.report(nil)
}

// giveBack lets others use an instance that has closed its files, or should have.
func (l line) giveBack(in *instance) {
	in.forgetBelow()
	in.task.forget()
	l.e.filters.put(in)
}

// Open gives a file an instance of its own.
func (l line) Open(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, store.File, error) {
	p := l.e.filters
	if f := l.begin(p); f != nil {
		return wire.BackendReply{}, nil, f
	}
	in, f := l.instance()
	if f != nil {
		l.end(p)
		return wire.BackendReply{}, nil, l.report(f)
	}
	a, err := l.ask(in, m, c, nil, nil)
	if err != nil {
		f = l.e.failure(in, atBackend, ErrTrap, err)
		in.close()
		l.end(p)
		return a, nil, l.report(f)
	}
	if a.Failure != nil {
		l.giveBack(in)
		l.end(p)
		return a, nil, l.report(nil)
	}
	return a, &pinned{line: l, in: in}, l.report(nil)
}

// ask has one call answered by an instance that is at the gate, and leaves the gate.
func (l line) ask(in *instance, m wire.BackendMethod, c *wire.BackendCall, out, into [][]byte) (a wire.BackendReply, err error) {
	defer in.leaveGate() // if the host itself fails, others shall not wait for ever
	size, err := in.writeCall(func(b []byte) ([]byte, error) { return wire.AppendBackendCall(b, c), nil })
	if err != nil {
		return a, err
	}
	body, err := in.writeBody(out, into)
	if err != nil {
		return a, err
	}
	in.stack = [5]uint64{uint64(m), uint64(in.request.ptr), uint64(size), uint64(body.ptr), uint64(body.size)}
	if err := in.run(in.call, 5); err != nil {
		return a, err
	}
	b, err := in.replyWithin(m.Largest())
	if err != nil {
		return a, err
	}
	if a, err = wire.ParseBackendReply(string(b)); err != nil {
		return a, stopped(ErrReply, "its answer to %s cannot be read: %s", m, printable(err.Error(), maxWords))
	}
	if len(into) > 0 && a.Failure == nil {
		err = in.readBody(body, a.Length, into)
	}
	return a, err
}

// writeBody puts what is written into the block buffer, and makes room there for what is read.
func (in *instance) writeBody(out, into [][]byte) (region, error) {
	var size int
	for _, b := range out {
		size += len(b)
	}
	for _, b := range into {
		size += len(b)
	}
	if size == 0 {
		return region{}, nil
	}
	if err := in.room(&in.buffer, max(size, min(in.task.exit.limits.Block, store.Block))); err != nil {
		return region{}, err
	}
	view, ok := in.mem.Read(in.buffer.ptr, in.buffer.size)
	if !ok {
		return region{}, stopped(ErrMemory, "its block buffer is gone")
	}
	for _, b := range out {
		view = view[copy(view, b):]
	}
	return region{in.buffer.ptr, uint32(size)}, nil
}

// readBody takes what was read out of the block buffer.
func (in *instance) readBody(body region, length int64, into [][]byte) error {
	if length < 0 || length > int64(body.size) {
		return stopped(ErrReply, "asked for %d bytes it read %d", body.size, length)
	}
	view, ok := in.mem.Read(body.ptr, uint32(length))
	if !ok {
		return stopped(ErrMemory, "its block buffer is gone")
	}
	for _, b := range into {
		view = view[copy(b, view):]
	}
	return nil
}

// pinned is an open file with the instance that has it open.
type pinned struct {
	line
	in   *instance
	dead bool
}

// Call implements [store.File].
func (f *pinned) Call(m wire.BackendMethod, c *wire.BackendCall, out, into [][]byte) (a wire.BackendReply, err error) {
	e := f.e
	if f.dead {
		return a, &Failure{noun: e.noun, Exit: e.name, Point: atBackend, Kind: ErrTrap, What: "the file's instance has failed"}
	}
	if err := e.gate.enter(context.Background(), e.times[atBackend].wait); err != nil {
		return a, e.busy(atBackend, err, "for its turn")
	}
	e.begin(context.Background(), f.in, atBackend)
	if a, err = f.ask(f.in, m, c, out, into); err != nil {
		failure := e.failure(f.in, atBackend, ErrTrap, err)
		f.dead = true
		f.in.close()
		return a, f.report(failure)
	}
	return a, nil
}

// End implements [store.File]. An instance that has closed its file well serves the next.
func (f *pinned) End(well bool) {
	switch {
	case f.dead:
	case well:
		f.giveBack(f.in)
	default:
		f.in.close()
	}
	f.end(f.e.filters)
}
