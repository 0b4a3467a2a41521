package wasm

import (
	"context"
	"errors"
	"slices"

	"github.com/postern/postern/sdk"
)

// OpenFilter gives one transfer an instance of its own and tells it the facts. A refusal of the module's is returned as
// it is, a [*sdk.Refusal]; any other error is a [*Failure].
func (e *Exit) OpenFilter(ctx context.Context, q sdk.Question) (sdk.Filter, error) {
	if !slices.Contains(e.points, sdk.PointFilter) || q.Facts == nil {
		return nil, &Failure{Exit: e.name, Point: sdk.PointFilter, Kind: ErrPoint, What: "it does not filter"}
	}
	if !e.enter() {
		return nil, &Failure{Exit: e.name, Point: sdk.PointFilter, Kind: ErrClosed, What: "it was unloaded"}
	}
	if why := e.breaker.allow(&q); why != "" {
		e.leave()
		return nil, &Failure{Exit: e.name, Point: sdk.PointFilter, Kind: ErrOpen, What: why}
	}
	q.Point = sdk.PointFilter
	f, refusal, failure := e.openFilter(ctx, q)
	if failure != nil {
		e.leave()
		return nil, e.report(&q, failure)
	}
	e.breaker.nothing() // a filter has proven itself at the end of its file
	if refusal != nil {
		_ = f.Close() // it has seen no block
		return nil, refusal
	}
	if f.in.mod.ExportedFunction(exportSnapshot) != nil && f.in.mod.ExportedFunction(exportRestore) != nil {
		return &statefulFilter{f}, nil
	}
	return f, nil
}

func (e *Exit) openFilter(ctx context.Context, q sdk.Question) (*filter, *sdk.Refusal, *Failure) {
	who := callerOf(&q)
	if err := e.filters.take(ctx, e.times[q.Point].wait, who); err != nil {
		return nil, nil, e.busy(q.Point, err, "for an instance")
	}
	f, refusal, failure := e.pinFilter(ctx, q)
	if failure != nil {
		e.filters.drop(who)
	} else {
		f.who = who
	}
	return f, refusal, failure
}

// pinFilter makes a filter of the warm instance, or of a new one, and has another warmed. A module that has no memory for
// two blocks is not asked for it again.
func (e *Exit) pinFilter(ctx context.Context, q sdk.Question) (*filter, *sdk.Refusal, *Failure) {
	n := 2
	if e.single.Load() {
		n = 1
	}
	f, refusal, failure := e.pin(ctx, q, n)
	if failure != nil && errors.Is(failure, errSecond) {
		f, refusal, failure = e.pin(ctx, q, 1)
		e.single.Store(failure == nil)
	}
	return f, refusal, failure
}

// pin is pinFilter with memory for n blocks.
func (e *Exit) pin(ctx context.Context, q sdk.Question, n int) (*filter, *sdk.Refusal, *Failure) {
	if err := e.gate.enter(ctx, e.times[q.Point].wait); err != nil {
		return nil, nil, e.busy(q.Point, err, "for its turn")
	}
	in := e.filters.get()
	if in == nil {
		var err error
		if in, err = e.newInstance(ctx, q.Point, nil); err != nil {
			return nil, nil, err.(*Failure)
		}
	}
	e.filters.refill()
	e.begin(ctx, in, q.Point)
	defer in.leaveGate()
	in.task.question(&q)
	f := &filter{exit: e, in: in, q: q}
	v, err := e.converse(in)
	if err == nil {
		err = f.take(n)
	}
	if err != nil {
		failure := e.failure(in, q.Point, ErrTrap, err)
		in.close()
		return nil, nil, failure
	}
	return f, v.Refusal, nil
}

// filter is one transfer's. Blocks are transformed where they lie, in two buffers of the instance by turns: while the
// module works on one, the other is written to the file and filled again.
type filter struct {
	exit   *Exit
	in     *instance
	q      sdk.Question
	who    caller    // that holds the place
	blocks [2]region // the second is empty where there is memory for one alone
	at     int       // of the block at work, or of the last one
	next   int       // of the next one
	more   bool      // the one at work is not done
	cost   Trial     // of the last call
	failed error
	closed bool
}

var _ sdk.AheadLender = (*filter)(nil)

// ahead is the part of a module's memory that two blocks may take: what it may need for itself stays free.
const ahead = 8

// errSecond says that a module failed when it was asked for memory for a second block.
var errSecond = failed("there is no memory for two blocks")

// take has the module make room for n blocks, of which the second is there to be quicker and no more.
func (f *filter) take(n int) error {
	in, size := f.in, (f.exit.limits.Block+15)&^15
	most, _ := in.mem.Definition().Max()
	if n < 2 || int64(most)*page < int64(in.mem.Size())+int64(2*ahead*size) {
		f.blocks[0].size = uint32(f.exit.limits.Block)
		err := in.room(&in.buffer, f.exit.limits.Block)
		f.blocks[0].ptr = in.buffer.ptr
		return err
	}
	if err := in.room(&in.buffer, 2*size); err != nil {
		return errSecond
	}
	f.blocks[0] = region{in.buffer.ptr, uint32(f.exit.limits.Block)}
	f.blocks[1] = region{in.buffer.ptr + uint32(size), uint32(f.exit.limits.Block)}
	return nil
}

// Measured is what each filter of this package is: Cost tells what the last block has burnt and taken, for the author of
// the module.
type Measured interface{ Cost() Trial }

// Cost tells what the last block cost.
func (f *filter) Cost() Trial { return f.cost }

// Buffer gives memory for the next block, anew each time: memory moves when it grows.
func (f *filter) Buffer() []byte { return f.view(f.next) }

// Spare gives memory for the block behind that one.
func (f *filter) Spare() []byte { return f.view(f.next ^ 1) }

// view gives one of the buffers; none: it is not there, or the filter failed.
func (f *filter) view(i int) []byte {
	if f.failed != nil || f.closed || f.blocks[i].size == 0 {
		return nil
	}
	b, _ := f.in.mem.Read(f.blocks[i].ptr, f.blocks[i].size)
	return b
}

// The flags and results of postern_block.
const (
	blockLast = 1
	blockMore = 1 << 32
	blockEnd  = 1 << 33

	rejected = -5
)

// Block passes one block through the module.
func (f *filter) Block(in []byte, last bool) (sdk.Filtered, error) {
	if f.failed != nil {
		return sdk.Filtered{}, f.failed
	}
	block, err := f.put(in)
	if err != nil {
		return sdk.Filtered{}, f.fail(err)
	}
	flags := uint64(0)
	if last {
		flags = blockLast
	}
	v, err := f.run(func() (int64, error) {
		f.in.portion.spare = f.blocks[f.at^1]
		f.in.stack = [5]uint64{uint64(block.ptr), uint64(len(in)), uint64(block.size), flags}
		err := f.in.run(f.in.block, 4)
		f.in.portion.spare = region{}
		return int64(f.in.stack[0]), err
	})
	if err != nil {
		return sdk.Filtered{}, f.fail(err)
	}
	return f.filtered(v)
}

// put has a block lie in a buffer of the module's: where it was gathered, or in the next one with a copy.
func (f *filter) put(in []byte) (region, error) {
	if f.more {
		return f.blocks[f.at], nil
	}
	f.at = f.next
	if len(in) == 0 {
		return f.blocks[f.at], nil
	}
	for i := range f.blocks {
		if lent := f.view(i); len(lent) > 0 && &in[0] == &lent[0] {
			f.at = i
			return f.blocks[i], nil
		}
	}
	buffer := f.view(f.at)
	if len(in) > len(buffer) {
		return region{}, stopped(ErrReply, "a block of %s bytes does not fit into %s", grouped(int64(len(in))), grouped(int64(len(buffer))))
	}
	copy(buffer, in)
	return f.blocks[f.at], nil
}

// filtered reads what postern_block answered.
func (f *filter) filtered(v int64) (sdk.Filtered, error) {
	n, size := uint32(v), f.blocks[f.at].size
	switch {
	case v == rejected:
		f.failed = sdk.Refuse(sdk.DataRejected, "exit %s rejected the data", f.exit.name)
		return sdk.Filtered{}, f.failed
	case v < 0:
		return sdk.Filtered{}, f.fail(stopped(ErrABI, "it answered a block with %d (%s)", v, abiError(v)))
	case v>>34 != 0:
		return sdk.Filtered{}, f.fail(stopped(ErrReply, "it answered a block with %#x: bits that nobody knows", v))
	case n > size:
		return sdk.Filtered{}, f.fail(stopped(ErrReply, "it answered a block with %s bytes, the buffer has %s", grouped(int64(n)), grouped(int64(size))))
	}
	f.next, f.more = f.at, v&blockMore != 0
	if f.blocks[1].size > 0 {
		f.next = f.at ^ 1
	}
	return sdk.Filtered{Bytes: f.view(f.at)[:n], More: f.more, End: v&blockEnd != 0}, nil
}

// run has the module do one thing, with a place at the gate, fuel and a deadline of its own.
func (f *filter) run(work func() (int64, error)) (v int64, err error) {
	e, ctx := f.exit, context.Background()
	if err := e.gate.enter(ctx, e.times[sdk.PointFilter].wait); err != nil {
		return 0, stopped(busyKind(err), "%s for its turn", busyWords(err))
	}
	t := &f.in.task
	checks, requests := t.checks, t.requests // they are counted over the whole transfer
	e.begin(ctx, f.in, sdk.PointFilter)
	t.checks, t.requests = checks, requests
	t.question(&f.q)
	defer f.in.leaveGate() // if the host itself fails, others shall not wait for ever
	v, err = work()
	f.cost.after(f.in)
	return v, err
}

// fail ends the filter. The instance is closed with it: its memory may still be in somebody's hands.
func (f *filter) fail(err error) error {
	failure := f.exit.failure(f.in, sdk.PointFilter, ErrTrap, err)
	f.failed = f.exit.report(&f.q, failure)
	return f.failed
}

// Close gives the instance back to nobody: what it saw of one transfer, no other shall see.
func (f *filter) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	if f.failed == nil {
		f.exit.breaker.good()
	}
	f.in.close()
	f.exit.filters.drop(f.who)
	f.exit.leave()
	return nil
}

// statefulFilter is a filter whose module can give its state and take it back.
type statefulFilter struct{ *filter }

var _ sdk.StatefulFilter = (*statefulFilter)(nil)

// Snapshot asks the module for its state. An answer below 0 means that it has none to give now; the transfer goes on.
func (f *statefulFilter) Snapshot() ([]byte, error) {
	if f.failed != nil {
		return nil, f.failed
	}
	n, err := f.run(func() (int64, error) {
		if err := f.in.room(&f.in.state, sdk.MaxFilterState); err != nil {
			return 0, err
		}
		f.in.stack[0], f.in.stack[1] = uint64(f.in.state.ptr), uint64(f.in.state.size)
		err := f.in.run(f.in.mod.ExportedFunction(exportSnapshot), 2)
		return int64(int32(f.in.stack[0])), err
	})
	if err != nil {
		return nil, f.fail(err)
	}
	if n < 0 || n > int64(f.in.state.size) {
		return nil, f.exit.failure(f.in, sdk.PointFilter, ErrTrap, stopped(ErrABI, "it gave no state: it answered %d (%s)", n, abiError(n)))
	}
	b, _ := f.in.mem.Read(f.in.state.ptr, uint32(n))
	return slices.Clone(b), nil
}

// Restore gives the module a state back.
func (f *statefulFilter) Restore(state []byte) error {
	if f.failed != nil {
		return f.failed
	}
	n, err := f.run(func() (int64, error) {
		if err := f.in.room(&f.in.state, max(len(state), 1)); err != nil {
			return 0, err
		}
		f.in.mem.Write(f.in.state.ptr, state)
		f.in.stack[0], f.in.stack[1] = uint64(f.in.state.ptr), uint64(len(state))
		err := f.in.run(f.in.mod.ExportedFunction(exportRestore), 2)
		return int64(int32(f.in.stack[0])), err
	})
	if err == nil && n < 0 {
		err = stopped(ErrABI, "it did not take its state back: it answered %d (%s)", n, abiError(n))
	}
	if err != nil {
		return f.fail(err)
	}
	return nil
}
