package chain

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPatienceEndsAsAContextWithADeadlineDoes(t *testing.T) {
	gone := errors.New("gone")
	for name, c := range map[string]struct {
		do    func(p *patience, cancel context.CancelCauseFunc)
		err   error
		cause error
	}{
		"nothing yet":    {func(*patience, context.CancelCauseFunc) {}, nil, nil},
		"late":           {func(*patience, context.CancelCauseFunc) { time.Sleep(time.Second) }, context.DeadlineExceeded, ErrLate},
		"the caller":     {func(_ *patience, cancel context.CancelCauseFunc) { cancel(gone) }, context.Canceled, gone},
		"answered":       {func(p *patience, _ context.CancelCauseFunc) { p.end() }, context.Canceled, context.Canceled},
		"first answered": {func(p *patience, _ context.CancelCauseFunc) { p.end(); time.Sleep(2 * time.Second) }, nil, nil},
	} {
		for _, waits := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				p := newPatience(ctx, time.Second)
				defer p.end()
				var child context.Context
				if waits {
					var stop context.CancelFunc
					child, stop = context.WithCancel(p)
					defer stop()
				}
				c.do(p, cancel)
				synctest.Wait()
				if name == "first answered" {
					if p.Err() == nil {
						t.Errorf("%s: it goes on", name)
					}
					return
				}
				for _, x := range []context.Context{p, child} {
					if x != nil && (!errors.Is(x.Err(), c.err) || !errors.Is(context.Cause(x), c.cause)) {
						t.Errorf("%s, waited for %v: %v, because of %v", name, waits, x.Err(), context.Cause(x))
					}
				}
			})
		}
	}
	early, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	want, _ := early.Deadline()
	if at, ok := newPatience(early, time.Hour).Deadline(); !ok || !at.Equal(want) {
		t.Errorf("its deadline is %v, its caller's %v", at, want)
	}
}
