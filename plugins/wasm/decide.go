package wasm

import (
	"context"
	"errors"
	"slices"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Decide asks the module. Every error is a [*Failure].
func (e *Exit) Decide(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	return e.decide(ctx, q, nil)
}

// decide asks, and lets look see the instance after the answer, or the failed one.
func (e *Exit) decide(ctx context.Context, q sdk.Question, look *Trial) (sdk.Verdict, error) {
	if !slices.Contains(e.points, q.Point) || q.Point == sdk.PointFilter || q.Facts == nil {
		return sdk.Verdict{}, &Failure{Exit: e.name, Point: q.Point, Kind: ErrPoint, What: "it does not serve this point"}
	}
	if !e.enter() {
		return sdk.Verdict{}, &Failure{Exit: e.name, Point: q.Point, Kind: ErrClosed, What: "it was unloaded"}
	}
	defer e.leave()
	if why := e.breaker.allow(&q); why != "" {
		return sdk.Verdict{}, &Failure{Exit: e.name, Point: q.Point, Kind: ErrOpen, What: why}
	}
	v, err := e.ask(ctx, &q, look)
	return v, e.report(&q, err)
}

// report tells the breaker how a call ended, and gives the error on.
func (e *Exit) report(q *sdk.Question, err *Failure) error {
	switch {
	case err == nil:
		e.breaker.good()
		return nil
	case err.Kind == ErrStart:
		e.breaker.unborn(err.What)
	case err.theGuests():
		e.breaker.bad(callerOf(q), err.What)
	default:
		e.breaker.nothing()
	}
	return err
}

// ask waits for a place and for the gate, and asks an instance.
func (e *Exit) ask(ctx context.Context, q *sdk.Question, look *Trial) (v sdk.Verdict, failure *Failure) {
	who, times := callerOf(q), e.times[q.Point]
	if err := e.asked.take(ctx, times.wait, who); err != nil {
		return v, e.busy(q.Point, err, "for an instance")
	}
	defer e.asked.drop(who)
	in, size := e.asked.get(), 0
	if in != nil {
		size = in.writeAhead(q)
	}
	if err := e.gate.enter(ctx, times.wait); err != nil {
		if in != nil {
			e.asked.put(in)
		}
		return v, e.busy(q.Point, err, "for its turn")
	}
	if e.program.kind == Command {
		return e.askCommand(ctx, *q, look)
	}
	if in == nil {
		var err error
		if in, err = e.newInstance(ctx, q.Point, nil); err != nil {
			return v, err.(*Failure)
		}
	}
	e.beginWithin(ctx, in, q.Point, times.deadline)
	in.task.question(q)
	v, err := e.inside(in, size, look)
	if err != nil {
		failure = e.failure(in, q.Point, ErrTrap, err)
		in.close()
		e.asked.refill()
		return sdk.Verdict{}, failure
	}
	in.task.forget()
	e.asked.put(in)
	return v, nil
}

// inside asks and leaves the gate, also when the host itself fails: others shall not wait for ever. What the module has
// answered the host reads without it. size is what the instance has of the question already.
func (e *Exit) inside(in *instance, size int, look *Trial) (v sdk.Verdict, err error) {
	defer in.leaveGate()
	look.before(in)
	if err = e.put(in, size); err == nil {
		in.leaveGate()
		v, err = e.answered(in)
	}
	look.after(in)
	return v, err
}

// question is what the task decides.
func (t *task) question(q *sdk.Question) {
	t.q = *q
	if q.Facts != nil && !q.Facts.Time.IsZero() {
		t.clock = q.Facts.Time
	}
}

// forget lets go of what belongs to a call, so that an idle instance keeps no secret and no file.
func (t *task) forget() {
	t.q, t.Context, t.pending, t.kept, t.lines = sdk.Question{}, context.Background(), httpAnswer{}, nil, nil
	if t.in.files != nil {
		t.in.files.listing = listing{}
	}
}

// converse gives the question to the instance and reads its answer.
func (e *Exit) converse(in *instance) (sdk.Verdict, error) {
	if err := e.put(in, 0); err != nil {
		return sdk.Verdict{}, err
	}
	return e.answered(in)
}

// put gives the question to the instance, which may have size bytes of it already, and has it work.
func (e *Exit) put(in *instance, size int) error {
	q := &in.task.q
	if size == 0 {
		var err error
		if size, err = in.writeCall(func(b []byte) ([]byte, error) { return e.appendQuestion(b, q) }); err != nil {
			return err
		}
	}
	in.stack = [5]uint64{uint64(wire.MethodOf(q.Point)), uint64(in.request.ptr), uint64(size)}
	return in.run(in.call, 5)
}

// answered reads what an instance has answered.
func (e *Exit) answered(in *instance) (sdk.Verdict, error) {
	b, err := in.reply()
	if err != nil {
		return sdk.Verdict{}, err
	}
	v, err := e.parseVerdict(in.task.q.Point, b)
	if err != nil {
		return sdk.Verdict{}, stopped(ErrReply, "its answer cannot be read: %s", printable(err.Error(), maxWords))
	}
	return v, nil
}

// firstRequest is the size of a new instance's request buffer: most questions fit.
const firstRequest = 4 << 10

// writeCall encodes a question right into the module's memory. One that does not fit is encoded beside it, and the buffer
// grows for the next one.
func (in *instance) writeCall(appendTo func([]byte) ([]byte, error)) (int, error) {
	if err := in.room(&in.request, firstRequest); err != nil {
		return 0, err
	}
	view, ok := in.mem.Read(in.request.ptr, in.request.size)
	if !ok {
		return 0, stopped(ErrMemory, "its request buffer is gone")
	}
	b, err := appendTo(view[:0:len(view)])
	if err != nil {
		return 0, err
	}
	if len(b) <= len(view) {
		return len(b), nil
	}
	if err := in.room(&in.request, len(b)+len(b)/4); err != nil {
		return 0, err
	}
	if !in.mem.Write(in.request.ptr, b) {
		return 0, stopped(ErrMemory, "its request buffer is gone")
	}
	return len(b), nil
}

// writeAhead encodes a question into the buffer that an idle instance has for them, before it is its turn: nothing of the
// module runs for that. It gives the size, 0 where the buffer is too small, or the question cannot be encoded: then it is
// written when the module may run.
func (in *instance) writeAhead(q *sdk.Question) int {
	view, ok := in.mem.Read(in.request.ptr, in.request.size)
	if !ok || len(view) == 0 {
		return 0
	}
	b, err := in.task.exit.appendQuestion(view[:0:len(view)], q)
	if err != nil || len(b) > len(view) {
		return 0
	}
	return len(b)
}

// busy is the failure of one who waited in vain.
func (e *Exit) busy(p sdk.Point, err error, what string) *Failure {
	return &Failure{noun: e.noun, Exit: e.name, Point: p, Kind: busyKind(err), What: busyWords(err) + " " + what, Cause: err}
}

func busyKind(err error) error {
	if errors.Is(err, errWaited) {
		return ErrBusy
	}
	return ErrCanceled
}

func busyWords(err error) string {
	if errors.Is(err, errWaited) {
		return "too many calls at once, it waited in vain"
	}
	return "the caller went away while it waited"
}
