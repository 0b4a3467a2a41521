package process

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// OpenFilter opens a stream for one transfer. A refusal is returned as [*sdk.Refusal], every other error is a [*Failure].
func (e *Exit) OpenFilter(ctx context.Context, q sdk.Question) (sdk.Filter, error) {
	if !slices.Contains(e.points, sdk.PointFilter) || q.Facts == nil {
		return nil, e.fail(sdk.PointFilter, ErrPoint, "it does not filter")
	}
	q.Point = sdk.PointFilter
	c, failure := e.enter(ctx, sdk.PointFilter)
	if failure != nil {
		return nil, failure
	}
	f := &filter{e: e, c: c, q: q, in: frame.In{Own: true}}
	if err := f.open(ctx, nil); err != nil {
		f.hangUp()
		e.leave()
		return nil, err
	}
	return f, nil
}

// filter is one transfer's stream. Its calls never overlap.
type filter struct {
	e      *Exit
	c      *child
	q      sdk.Question
	ctx    context.Context // of the stream
	cancel context.CancelFunc
	stream grpc.ClientStream
	in     frame.In
	lent   *[]byte // memory lent to the caller, until it comes back as a block
	more   bool    // the answer to a block is not complete
	broken error
	closed bool
}

var (
	_ sdk.StatefulFilter = (*filter)(nil)
	_ sdk.BlockLender    = (*filter)(nil)
)

var filtering = grpc.StreamDesc{StreamName: "Filter", ClientStreams: true, ServerStreams: true}

// largestAnswer is the most that one message of a filter may hold: a block, and what stands beside it.
const largestAnswer = 1<<20 + 4<<10

// open opens the stream, and takes the verdict.
func (f *filter) open(ctx context.Context, state []byte) (err error) {
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, f.cancel)()
	defer f.bound()()
	f.stream, err = f.c.conn.NewStream(f.ctx, &filtering, frame.Method(sdk.PointFilter), grpc.StaticMethod(), grpc.MaxCallRecvMsgSize(largestAnswer))
	if err != nil {
		return f.fail(err)
	}
	if err := f.send(frame.Opening(&f.q, f.e.shown(), state)); err != nil {
		return err
	}
	r, err := f.receive()
	if err != nil {
		return err
	}
	if !r.Judged {
		return f.e.fail(sdk.PointFilter, ErrReply, "it opened the filter without a verdict")
	}
	f.c.good()
	return nil
}

// bound ends the stream when the time for one call is over. What it returns takes that back.
func (f *filter) bound() (stop func()) {
	limit := f.e.set.Limits.deadline(sdk.PointFilter)
	cancel, c := f.cancel, f.c
	t := time.AfterFunc(limit, func() {
		cancel()
		f.e.late(c, sdk.PointFilter, true)
	})
	return func() { t.Stop() }
}

func (f *filter) send(out *frame.Out) error {
	if err := f.stream.SendMsg(out); err != nil && !errors.Is(err, io.EOF) { // io.EOF: RecvMsg says why
		return f.fail(err)
	}
	return nil
}

// receive takes one message. A refusal in it is an error.
func (f *filter) receive() (frame.Reply, error) {
	if err := f.stream.RecvMsg(&f.in); err != nil {
		if errors.Is(err, io.EOF) {
			return frame.Reply{}, f.e.fail(sdk.PointFilter, ErrReply, "it ended the stream without an answer")
		}
		return frame.Reply{}, f.fail(err)
	}
	r, err := frame.ParseReply(f.in.Bytes())
	if err != nil {
		return r, f.e.fail(sdk.PointFilter, ErrReply, "its answer cannot be read: %v", err)
	}
	if !r.Judged {
		return r, nil
	}
	v, err := wire.ParseVerdict(sdk.PointFilter, f.in.Text())
	switch {
	case err != nil:
		return r, f.e.fail(sdk.PointFilter, ErrReply, "its answer cannot be read: %v", err)
	case v.Kind == sdk.Deny:
		return r, v.Refusal
	}
	return r, nil
}

// fail makes a failure of what gRPC says of the stream.
func (f *filter) fail(err error) error {
	if f.ctx.Err() != nil && f.c.ended(0) == "" {
		fail := f.e.fail(sdk.PointFilter, ErrDeadline, "no answer within %s", f.e.set.Limits.deadline(sdk.PointFilter))
		fail.Cause = context.DeadlineExceeded
		return fail
	}
	return f.e.judge(context.Background(), f.c, sdk.PointFilter, err, timer{})
}

// Buffer implements [sdk.BlockLender].
func (f *filter) Buffer() []byte {
	if f.lent == nil {
		f.lent = f.e.pool.Get(frame.Block)
	}
	return *f.lent
}

// Block implements [sdk.Filter]: a message there, and one back.
func (f *filter) Block(in []byte, last bool) (out sdk.Filtered, err error) {
	if f.broken != nil {
		return out, f.broken
	}
	defer f.bound()()
	defer func() { f.broken = err }()
	if !f.more {
		if err := f.give(in, last); err != nil {
			return out, err
		}
	}
	r, err := f.receive()
	if err != nil {
		return out, err
	}
	f.more = r.More
	f.c.good()
	return sdk.Filtered{Bytes: r.Block, More: r.More, End: r.End}, nil
}

// give sends a block: the memory that was lent, without a copy, or a copy of another one. A block that is larger than a
// message goes in several.
func (f *filter) give(in []byte, last bool) error {
	if f.lent != nil && len(in) > 0 && &in[0] == &(*f.lent)[0] {
		b := f.lent
		f.lent = nil
		*b = (*b)[:len(in)]
		return f.send(frame.FileBlock(mem.NewBuffer(b, &f.e.pool), last))
	}
	return f.send(frame.FileBlock(f.e.pool.Copy(in), last))
}

var errNoState = errors.New("it has no state to give here")

// Snapshot implements [sdk.StatefulFilter].
func (f *filter) Snapshot() (state []byte, err error) {
	if f.broken != nil {
		return nil, f.broken
	}
	defer f.bound()()
	if err := f.send(frame.Snapshot()); err != nil {
		f.broken = err
		return nil, err
	}
	r, err := f.receive()
	if err != nil {
		f.broken = err
		return nil, err
	}
	if r.State == nil {
		return nil, errNoState
	}
	return r.State, nil
}

// Restore implements [sdk.StatefulFilter]: the state belongs into the first message, so the stream begins anew.
func (f *filter) Restore(state []byte) error {
	f.hangUp()
	if state == nil {
		state = []byte{}
	}
	f.broken = f.open(context.Background(), state)
	return f.broken
}

func (f *filter) hangUp() {
	f.cancel()
	if f.lent != nil {
		f.e.pool.Put(f.lent)
		f.lent = nil
	}
}

// Close implements [sdk.Filter].
func (f *filter) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	_ = f.stream.CloseSend() // the process learns that it is over, if it is still there
	f.hangUp()
	f.e.leave()
	return nil
}
