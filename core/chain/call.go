package chain

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/postern/postern/sdk"
)

// ErrLate says that an exit gave no answer within its deadline.
var ErrLate = errors.New("no answer within the deadline")

// ErrClosed says that the set is closed: the server stops, or runs with a newer configuration.
var ErrClosed = errors.New("the exits are closed")

// errEnded says that an exit ended its goroutine instead of answering.
var errEnded = errors.New("the call ended without an answer")

// errTooLate says that an exit is not asked because too many of its calls never came back.
var errTooLate = fmt.Errorf("%w: too many earlier calls are still at work", ErrLate)

// maxLate bounds the calls of one exit that nobody waits for any more: an exit that ignores its deadline must not
// fill the memory.
const maxLate = 64

type answer struct {
	verdict sdk.Verdict
	err     error
}

// decide asks one exit within its deadline. An exit that ignores the deadline works on in its goroutine, whose answer
// is dropped and whose end Close waits for.
func (s *Set) decide(ctx context.Context, l *link, row sdk.PointRow, q sdk.Question) (sdk.Verdict, error) {
	if l.Prompt {
		return s.here(ctx, l, row, q)
	}
	return s.beside(ctx, l, row, q)
}

// beside asks an exit in a goroutine of its own.
func (s *Set) beside(ctx context.Context, l *link, row sdk.PointRow, q sdk.Question) (sdk.Verdict, error) {
	got := make(chan answer, 1)
	err := s.within(ctx, l, row, func(ctx context.Context) {
		v, err := l.Exit.Decide(ctx, q)
		if err != nil && context.Cause(ctx) == ErrLate {
			err = fmt.Errorf("%w: %w", ErrLate, err)
		}
		got <- answer{v, err}
	}, func(err error) { got <- answer{err: err} })
	if err != nil {
		return sdk.Verdict{}, err
	}
	select {
	case a := <-got:
		return a.verdict, a.err
	default:
		return sdk.Verdict{}, errEnded
	}
}

// here asks an exit that is prompt.
func (s *Set) here(ctx context.Context, l *link, row sdk.PointRow, q sdk.Question) (v sdk.Verdict, err error) {
	if ctx.Err() != nil {
		return v, fmt.Errorf("not asked: %w", context.Cause(ctx))
	}
	if !s.enter() {
		return v, ErrClosed
	}
	defer s.ended()
	defer recovered(func(p error) { v, err = sdk.Verdict{}, p })
	limited := newPatience(ctx, l.deadline(row))
	defer limited.end()
	if v, err = l.Exit.Decide(limited, q); err != nil && limited.Err() != nil && context.Cause(limited) == ErrLate {
		err = fmt.Errorf("%w: %w", ErrLate, err)
	}
	return v, err
}

// within runs work in a goroutine of the set and returns when it is done, or with an error when the exit's deadline or
// ctx ended first. When work panics, it is failed that gets the error.
func (s *Set) within(ctx context.Context, l *link, row sdk.PointRow, work func(context.Context), failed func(error)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("not asked: %w", context.Cause(ctx))
	}
	if l.lateCalls() >= maxLate {
		return errTooLate
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.deadline(row), ErrLate)
	defer cancel()
	w := &working{link: l, done: make(chan struct{})}
	if !s.run(func() {
		defer w.end()
		defer recovered(failed)
		work(ctx)
	}) {
		return ErrClosed
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		if w.leave() {
			return context.Cause(ctx)
		}
		return nil
	}
}

func recovered(failed func(error)) {
	if p := recover(); p != nil {
		failed(fmt.Errorf("panic: %v\n%s", p, firstLines(debug.Stack(), 24)))
	}
}

func firstLines(b []byte, n int) []byte {
	for i, c := range b {
		if c == '\n' {
			if n--; n == 0 {
				return b[:i]
			}
		}
	}
	return b
}

func (l *link) deadline(row sdk.PointRow) time.Duration {
	if l.Patience != nil {
		return l.Patience(row.Point)
	}
	if l.Deadline > 0 {
		return l.Deadline
	}
	return row.Deadline
}

func (l *link) lateCalls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late
}

// working is one call of an exit, which its caller may leave before it ends.
type working struct {
	link        *link
	done        chan struct{}
	ended, left bool // guarded by link.mu
}

func (w *working) end() {
	w.link.mu.Lock()
	w.ended = true
	if w.left {
		w.link.late--
	}
	w.link.mu.Unlock()
	close(w.done)
}

// leave gives up waiting; false: the call has ended meanwhile.
func (w *working) leave() bool {
	w.link.mu.Lock()
	defer w.link.mu.Unlock()
	if w.ended {
		return false
	}
	w.left = true
	w.link.late++
	return true
}
