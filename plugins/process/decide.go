package process

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// Decide asks the process. Every error is a [*Failure].
func (e *Exit) Decide(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	if !slices.Contains(e.points, q.Point) || q.Point == sdk.PointFilter || q.Facts == nil {
		return sdk.Verdict{}, e.fail(q.Point, ErrPoint, "it does not serve this point")
	}
	c, failure := e.enter(ctx, q.Point)
	if failure != nil {
		return sdk.Verdict{}, failure
	}
	defer e.leave()
	ctx, timer := e.clock(ctx, q.Point)
	defer timer.stop()
	var in frame.In
	defer in.Free()
	if err := e.ask(ctx, c, &q, &in); err != nil {
		return sdk.Verdict{}, e.judge(ctx, c, q.Point, err, timer)
	}
	c.good()
	v, err := wire.ParseVerdict(q.Point, in.Text()) // the one copy: the verdict's strings are parts of it
	if err != nil {
		return sdk.Verdict{}, e.fail(q.Point, ErrReply, "its answer cannot be read: %v", err)
	}
	return v, nil
}

// timer bounds a call.
type timer struct {
	stop context.CancelFunc
	full bool // the call has all the time of the point, or nearly
}

// clock gives the context of a call.
func (e *Exit) clock(ctx context.Context, p sdk.Point) (context.Context, timer) {
	limit := e.set.Limits.deadline(p)
	full := true
	if at, ok := ctx.Deadline(); ok {
		full = time.Until(at) > limit-limit/10
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	return ctx, timer{cancel, full}
}

// judge makes a failure of what went wrong, and looks after the process if that may be the reason.
func (e *Exit) judge(ctx context.Context, c *child, p sdk.Point, err error, t timer) *Failure {
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		f = e.explain(ctx, c, p, err)
	}
	switch f.Kind {
	case ErrDeadline:
		e.late(c, p, t.full)
	case ErrCrashed:
		e.probe(c)
	case ErrFailed, ErrReply, ErrPoint:
		c.good() // it is there, and answers
	}
	return f
}
