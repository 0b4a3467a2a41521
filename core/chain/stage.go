package chain

import (
	"context"
	"time"

	"github.com/postern/postern/sdk"
)

type block struct {
	bytes     []byte
	last, end bool
	err       error
}

// stage is one filter at work in a goroutine of its own, so that a late one can be left.
type stage struct {
	set      *Set
	link     *link
	row      sdk.PointRow
	work     *working
	in, out  chan block
	timer    *time.Timer
	began    time.Time
	decision Decision
	refusal  *sdk.Refusal
	closeErr error // written before work.done is closed
	left     bool
}

func newStage(s *Set, l *link) *stage {
	row, _ := sdk.PointFilter.Row()
	return &stage{set: s, link: l, row: row, began: s.now(), in: make(chan block, 1), out: make(chan block, 1),
		decision: Decision{Point: sdk.PointFilter, Exit: l.Name, Verdict: sdk.Pass}}
}

func (st *stage) open(ctx context.Context, q sdk.Question) error {
	if st.link.lateCalls() >= maxLate {
		st.left = true
		return errTooLate
	}
	opening, cancel := context.WithTimeoutCause(ctx, st.link.deadline(st.row), ErrLate)
	defer cancel()
	st.timer = time.NewTimer(st.link.deadline(st.row))
	st.work = &working{link: st.link, done: make(chan struct{})}
	if !st.set.run(func() { st.serve(opening, q) }) {
		st.left = true
		return ErrClosed
	}
	_, err := st.wait(ctx)
	return err
}

// serve is the filter's goroutine: it opens the filter, passes blocks until in is closed, and closes the filter.
func (st *stage) serve(ctx context.Context, q sdk.Question) {
	defer st.work.end()
	var f sdk.Filter
	b := guarded(func() (b block) {
		f, b.err = st.link.Filter.OpenFilter(ctx, q)
		if b.err == nil && f == nil {
			b.err = errEnded
		}
		return b
	})
	st.out <- b
	if b.err != nil {
		return
	}
	for b := range st.in {
		st.out <- guarded(func() (got block) {
			return blockOf(f, b)
		})
	}
	st.closeErr = guarded(func() block { return block{err: f.Close()} }).err
}

// blockOf asks until the filter has nothing more for the block.
func blockOf(f sdk.Filter, b block) (got block) {
	for in, more := b.bytes, true; more; in = nil {
		out, err := f.Block(in, b.last)
		if err != nil {
			return block{err: err}
		}
		if more = out.More; more || len(got.bytes) > 0 {
			got.bytes = append(got.bytes, out.Bytes...)
		} else {
			got.bytes = out.Bytes
		}
		got.end = got.end || out.End
	}
	return got
}

func guarded(f func() block) (b block) {
	defer recovered(func(err error) { b = block{err: err} })
	return f()
}

func (st *stage) block(ctx context.Context, b block) (block, error) {
	began := st.set.now()
	st.decision.Blocks++
	st.timer.Reset(st.link.deadline(st.row))
	st.in <- b
	got, err := st.wait(ctx)
	st.decision.Duration += st.set.now().Sub(began)
	return got, err
}

// wait waits for what the goroutine says next.
func (st *stage) wait(ctx context.Context) (block, error) {
	select {
	case b := <-st.out:
		return b, b.err
	case <-st.work.done:
		select {
		case b := <-st.out:
			return b, b.err
		default:
			return block{}, errEnded
		}
	case <-st.timer.C:
		return block{}, st.leave(ErrLate)
	case <-ctx.Done():
		return block{}, st.leave(context.Cause(ctx))
	}
}

// leave gives the goroutine up: it closes its filter when it comes back.
func (st *stage) leave(err error) error {
	if st.left {
		return err
	}
	st.left = true
	st.work.leave()
	close(st.in)
	return err
}

func (st *stage) close() error {
	if st.left {
		return nil
	}
	close(st.in)
	st.left = true
	st.timer.Reset(st.link.deadline(st.row))
	defer st.timer.Stop()
	select {
	case <-st.work.done:
		return st.closeErr
	case <-st.timer.C:
		st.work.leave()
		return ErrLate
	}
}
