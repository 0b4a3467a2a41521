package chain

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// patience is the context of a question to an exit that works in its caller's goroutine. It ends at a deadline, as
// context.WithDeadlineCause has it with ErrLate, but makes a timer only for one who waits for its end: most answers come
// in less time than a timer takes.
type patience struct {
	context.Context // the caller's
	until           time.Time

	over  atomic.Bool // the question was answered
	asked atomic.Bool // somebody waits, or is about to

	mu     sync.Mutex
	waited context.Context // nil until somebody waits
	cancel context.CancelFunc
}

func newPatience(ctx context.Context, limit time.Duration) *patience {
	return &patience{Context: ctx, until: time.Now().Add(limit)}
}

// Deadline implements [context.Context].
func (p *patience) Deadline() (time.Time, bool) {
	if at, ok := p.Context.Deadline(); ok && at.Before(p.until) {
		return at, true
	}
	return p.until, true
}

// Done implements [context.Context].
func (p *patience) Done() <-chan struct{} { return p.timed().Done() }

// Err implements [context.Context].
func (p *patience) Err() error {
	waited := p.made()
	switch {
	case waited != nil:
		return waited.Err()
	case p.over.Load(), p.Context.Err() != nil, !time.Now().Before(p.until):
		return p.timed().Err() // it ends at once, with its cause
	}
	return nil
}

// Value implements [context.Context]. The package context finds its own there, and so the cause.
func (p *patience) Value(key any) any {
	_ = p.Err() // it may have ended with nobody looking
	if ctx := p.made(); ctx != nil {
		return ctx.Value(key)
	}
	return p.Context.Value(key)
}

func (p *patience) made() context.Context {
	if !p.asked.Load() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waited
}

// timed makes the context with a timer.
func (p *patience) timed() context.Context {
	p.asked.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited == nil {
		p.waited, p.cancel = context.WithDeadlineCause(p.Context, p.until, ErrLate)
		if p.over.Load() {
			p.cancel()
		}
	}
	return p.waited
}

// end gives the timer back, as the CancelFunc of a context does.
func (p *patience) end() {
	p.over.Store(true) // whoever begins to wait from here on sees it
	if !p.asked.Load() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cancel != nil {
		p.cancel()
	}
}
