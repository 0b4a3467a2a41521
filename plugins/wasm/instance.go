package wasm

import (
	"context"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern/postern/plugins/wasm/meter"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire/store"
)

// instance is one instance of a module: its memory, its functions, and the call that it runs.
type instance struct {
	task    task
	mod     api.Module
	mem     api.Memory
	portion *portion // what mem is made of
	fuel    api.MutableGlobal
	alloc   api.Function
	call    api.Function // postern_call or postern_call_json
	block   api.Function
	stack   [5]uint64
	request region        // where questions go
	buffer  region        // a filter's blocks
	state   region        // a filter's state
	below   *store.Server // what it has open of the backend below; nil until it asks
	files   *files        // nil until the module asks for a file
	used    time.Time     // when it was last seen at work
	lines   lineLog       // standard output and error on their way to the log
	steady  time.Time     // the latest that the steady clock has shown
}

// region is memory of the module's that was allocated for the host.
type region struct{ ptr, size uint32 }

// newInstance makes an instance and, of a reactor, runs _initialize. It runs code of the module: the caller has a
// place at the gate, which is given back when there is an error (a [*Failure]).
func (e *Exit) newInstance(ctx context.Context, p sdk.Point, std *stdio) (*instance, error) {
	in := &instance{portion: e.gate.memory.portion(e.program.least())}
	e.begin(ctx, in, p)
	in.task.std = std
	if in.portion == nil {
		return nil, in.stillborn(p, stopped(ErrBusy, "all modules together have no more memory"))
	}
	in.task.Context = in.portion.within(ctx)
	mod, err := e.program.instantiate(&in.task)
	if err != nil {
		return nil, in.stillborn(p, err)
	}
	in.task.Context = ctx
	if in.mod == nil {
		in.attach(mod)
	}
	if init := mod.ExportedFunction(exportInitialize); init != nil && e.program.kind == Reactor {
		if err := in.run(init, 0); err != nil {
			return nil, in.stillborn(p, err)
		}
	}
	return in, nil
}

func (in *instance) stillborn(p sdk.Point, err error) error {
	f := in.task.exit.failure(in, p, ErrStart, err)
	in.leaveGate()
	in.close()
	return f
}

// leaveGate gives the call's place at the gate back, if it has one.
func (in *instance) leaveGate() {
	if in.task.gated {
		in.task.gated = false
		in.task.exit.gate.leave()
	}
}

// anonymous is how every instance is made: without a name, and without running anything but the start function.
func anonymous() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions()
}

// begin prepares the instance's next call. The caller sets the question.
func (e *Exit) begin(ctx context.Context, in *instance, p sdk.Point) {
	e.beginWithin(ctx, in, p, e.times[p].deadline)
}

// beginWithin is begin with a deadline that is known. A decision is short: the task is not made anew as a whole.
func (e *Exit) beginWithin(ctx context.Context, in *instance, p sdk.Point, deadline time.Duration) {
	t := &in.task
	t.Context, t.in, t.exit = ctx, in, e
	if t.q.Facts != nil {
		t.q = sdk.Question{}
	}
	t.q.Point = p
	t.began = e.now()
	t.until, t.budget, t.clock, t.gated, t.asked = t.began.Add(deadline), e.limits.Fuel, stillTime, true, false
	t.counts, t.pending, t.kept = counts{}, httpAnswer{}, nil
	in.used = t.began
	if in.fuel != nil {
		in.fuel.Set(uint64(t.budget))
	}
}

// attach finds what the host needs of a new module.
func (in *instance) attach(mod api.Module) {
	in.mod, in.mem = mod, mod.Memory()
	in.fuel = mod.ExportedGlobal(meter.FuelExport).(api.MutableGlobal)
	in.alloc = mod.ExportedFunction(exportAlloc)
	in.call = mod.ExportedFunction(exportCall)
	in.block = mod.ExportedFunction(exportBlock)
	if in.call == nil {
		in.call = mod.ExportedFunction(exportCallJSON)
	}
}

// run calls a function with the first n values of the stack; a result is in stack[0].
func (in *instance) run(f api.Function, n int) error {
	err := f.CallWithStack(&in.task, in.stack[:max(n, 1)])
	in.lines.flush(&in.task) // a line that was begun belongs to this call
	if err != nil {
		return err
	}
	if in.task.brief() {
		return nil
	}
	if s := in.task.over(); s != nil {
		return s
	}
	return nil
}

// room makes sure that a region holds size bytes, by giving it back and asking for a larger one.
func (in *instance) room(r *region, size int) error {
	if int(r.size) >= size {
		return nil
	}
	if free := in.mod.ExportedFunction(exportFree); free != nil && r.ptr != 0 {
		in.stack[0], in.stack[1] = uint64(r.ptr), uint64(r.size)
		if err := in.run(free, 2); err != nil {
			return err
		}
	}
	*r = region{}
	in.stack[0] = uint64(size)
	if err := in.run(in.alloc, 1); err != nil {
		return err
	}
	ptr := uint32(in.stack[0])
	if ptr == 0 {
		return stopped(ErrMemory, "postern_alloc has no %s bytes", grouped(int64(size)))
	}
	if _, ok := in.mem.Read(ptr, uint32(size)); !ok || ptr%16 != 0 {
		return stopped(ErrReply, "postern_alloc gave %s bytes at %#x, which is not aligned memory of the module's", grouped(int64(size)), ptr)
	}
	*r = region{ptr, uint32(size)}
	return nil
}

// reply gives a view of what a call answered: pointer and length in stack[0].
func (in *instance) reply() ([]byte, error) { return in.replyWithin(maxReply) }

// replyWithin is reply for an answer that may be longer than others.
func (in *instance) replyWithin(most int) ([]byte, error) {
	v := int64(in.stack[0])
	if v < 0 {
		return nil, stopped(ErrABI, "it answered %d (%s)", v, abiError(v))
	}
	size := uint32(v)
	if size == 0 {
		return nil, stopped(ErrReply, "its answer is empty")
	}
	if int64(size) > int64(most) {
		return nil, stopped(ErrReply, "its answer has %s bytes, %s are allowed", grouped(int64(size)), grouped(int64(most)))
	}
	b, ok := in.mem.Read(uint32(v>>32), size)
	if !ok {
		return nil, stopped(ErrReply, "its answer of %s bytes at %#x lies outside its memory", grouped(int64(size)), uint32(v>>32))
	}
	return b, nil
}

func abiError(v int64) string {
	switch v {
	case -1:
		return "not implemented"
	case -2:
		return "cannot decode the question"
	case -3:
		return "an internal error"
	case -4:
		return "out of memory"
	case -5:
		return "data rejected"
	}
	return "no known error"
}

// burnt is the fuel that the call has used.
func (in *instance) burnt() int64 {
	if in.fuel == nil {
		return 0
	}
	return in.task.budget - int64(in.fuel.Get())
}

// close gives back what the instance holds. It is called once, with no call running.
func (in *instance) close() {
	if in.files != nil {
		in.files.close()
	}
	in.forgetBelow()
	if in.mod != nil {
		_ = in.mod.Close(context.Background()) // it has nothing to say: no files, no sockets
	}
	if in.portion != nil {
		in.portion.giveBack()
	}
}
