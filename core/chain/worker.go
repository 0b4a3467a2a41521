package chain

import (
	"context"
	"time"

	"github.com/postern/postern/sdk"
)

// task is what a filter's goroutine is told to do.
type task uint8

const (
	toFilter task = iota
	toSnapshot
	toRestore
)

type call struct {
	do    task
	bytes []byte
	last  bool
}

type reply struct {
	sdk.Filtered
	room  []byte // for the next block; empty: the filter lends none
	spare []byte // for the one after it; empty: that one waits until the next is done
	took  time.Duration
	state []byte // its snapshot; nil: it cannot tell
	err   error
}

// worker is the goroutine in which a filter works, as its caller sees it.
type worker struct {
	set      *Set
	link     *link
	row      sdk.PointRow
	traits   sdk.FilterTraits
	work     *working
	in       chan call
	out      chan reply
	timer    *time.Timer
	began    time.Time
	stateful bool          // written before the first reply
	spent    time.Duration // on the block so far
	closeErr error         // written before work.done is closed
	left     bool
}

// start opens the filter.
func (w *worker) start(ctx context.Context, q sdk.Question) (reply, error) {
	if w.link.lateCalls() >= maxLate {
		w.left = true
		return reply{}, errTooLate
	}
	opening, cancel := context.WithTimeoutCause(ctx, w.link.deadline(w.row), ErrLate)
	defer cancel()
	w.timer = time.NewTimer(w.link.deadline(w.row))
	w.work = &working{link: w.link, done: make(chan struct{})}
	if !w.set.run(func() { w.serve(opening, q) }) {
		w.left = true
		return reply{}, ErrClosed
	}
	return w.wait(ctx)
}

// serve is the filter's goroutine: it opens the filter, does what it is told until in is closed, and closes the filter.
func (w *worker) serve(ctx context.Context, q sdk.Question) {
	defer w.work.end()
	var f sdk.Filter
	r := guarded(func() reply {
		got, err := w.link.Filter.OpenFilter(ctx, q)
		if err == nil && got == nil {
			err = errEnded
		}
		if err != nil {
			return reply{err: err}
		}
		f = got
		_, w.stateful = f.(sdk.StatefulFilter)
		return withRoom(f, reply{})
	})
	w.out <- r
	if f == nil {
		return
	}
	for c := range w.in {
		began := w.set.now()
		r := guarded(func() reply { return do(f, c) })
		r.took = w.set.now().Sub(began)
		w.out <- r
	}
	w.closeErr = guarded(func() reply { return reply{err: f.Close()} }).err
}

// do is one call of a filter.
func do(f sdk.Filter, c call) (r reply) {
	stateful, _ := f.(sdk.StatefulFilter)
	switch c.do {
	case toFilter:
		r.Filtered, r.err = f.Block(c.bytes, c.last)
	case toSnapshot:
		r.state, r.err = stateful.Snapshot()
	case toRestore:
		r.err = stateful.Restore(c.bytes)
	}
	if r.err == nil && !r.More {
		r = withRoom(f, r)
	}
	return r
}

// withRoom adds the memory that a filter lends for its next blocks.
func withRoom(f sdk.Filter, r reply) reply {
	if l, ok := f.(sdk.BlockLender); ok {
		r.room = l.Buffer()
	}
	if l, ok := f.(sdk.AheadLender); ok && len(r.room) > 0 {
		r.spare = l.Spare()
	}
	return r
}

func guarded(f func() reply) (r reply) {
	defer recovered(func(err error) { r = reply{err: err} })
	return f()
}

// ask has one call made and waits for its end, within what is left of the deadline.
func (w *worker) ask(ctx context.Context, c call) (reply, error) {
	if err := w.begin(c); err != nil {
		return reply{}, err
	}
	return w.end(ctx)
}

// begin has one call made; end waits for it.
func (w *worker) begin(c call) error {
	if w.left {
		return ErrLate
	}
	w.timer.Reset(w.remains())
	w.in <- c
	return nil
}

// end waits for the end of the call that began. What counts is how long the filter took, not when somebody asked for it.
func (w *worker) end(ctx context.Context) (reply, error) {
	limit := w.remains()
	r, err := w.wait(ctx)
	if w.left {
		r.took = limit
	}
	w.spent += r.took
	if r.took > limit {
		return reply{}, w.leave(ErrLate)
	}
	return r, err
}

// remains is what is left of the deadline.
func (w *worker) remains() time.Duration { return max(w.link.deadline(w.row)-w.spent, 0) }

// wait waits for what the goroutine says next.
func (w *worker) wait(ctx context.Context) (reply, error) {
	select {
	case r := <-w.out:
		return r, r.err
	default:
	}
	select {
	case r := <-w.out:
		return r, r.err
	case <-w.work.done:
		select {
		case r := <-w.out:
			return r, r.err
		default:
			return reply{}, errEnded
		}
	case <-w.timer.C:
		return reply{}, w.leave(ErrLate)
	case <-ctx.Done():
		return reply{}, w.leave(context.Cause(ctx))
	}
}

// leave gives the goroutine up: it closes its filter when it comes back.
func (w *worker) leave(err error) error {
	if w.left {
		return err
	}
	w.left = true
	w.work.leave()
	close(w.in)
	return err
}

// close has the filter closed and waits for it no longer than its deadline.
func (w *worker) close() error {
	if w.left {
		return nil
	}
	close(w.in)
	w.left = true
	w.timer.Reset(w.link.deadline(w.row))
	defer w.timer.Stop()
	select {
	case <-w.work.done:
		return w.closeErr
	case <-w.timer.C:
		w.work.leave()
		return ErrLate
	}
}
