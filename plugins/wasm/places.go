package wasm

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// places are what callers hold while an instance works for them. No caller holds all of them: some are kept for
// others, who would wait for as long as a deadline otherwise. Those who wait get theirs in turn: the caller first who
// holds the fewest, and among equals the one who was served longest ago.
type places struct {
	most int // that one caller may hold

	mu      sync.Mutex
	free    int
	held    []share  // of each caller who holds some: few, so that a list is quicker than a map
	waiting []*queue // of each caller who waits
}

// share is how many places a caller holds.
type share struct {
	who caller
	n   int
}

// queue is one caller's questions that wait.
type queue struct {
	who     caller
	waiters []*waiter
}

// waiter is one question that waits. A place that it was given is told by ready, once.
type waiter struct{ ready chan struct{} }

func newPlaces(n int) *places {
	return &places{most: mostOf(n), free: n}
}

// mostOf is how many of n places one caller may hold: three quarters, and never all of them where there are two.
func mostOf(n int) int { return max(1, n-max(1, n/4)) }

// take waits for a place, no longer than wait. Its error is the context's or errWaited. Each place taken is given back
// with drop.
func (p *places) take(ctx context.Context, who caller, wait time.Duration) error {
	p.mu.Lock()
	if p.hold(who) {
		p.mu.Unlock()
		return nil
	}
	w := p.join(who)
	p.mu.Unlock()
	t := time.NewTimer(wait)
	defer t.Stop()
	var err error
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		if err = context.Cause(ctx); errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = errWaited // the caller's own patience was the shorter one
		}
	case <-t.C:
		err = errWaited
	}
	if !p.quit(who, w) { // it was given a place meanwhile
		p.drop(who)
	}
	return err
}

// try takes a place if there is one.
func (p *places) try(who caller) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hold(who)
}

// drop gives a place back.
func (p *places) drop(who caller) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.shareOf(who)
	if s.n--; s.n == 0 {
		last := len(p.held) - 1
		*s, p.held[last] = p.held[last], share{}
		p.held = p.held[:last]
	}
	p.free++
	if len(p.waiting) > 0 {
		p.serve()
	}
}

// shareOf finds what a caller holds; nil: nothing. p.mu is held.
func (p *places) shareOf(who caller) *share {
	for i := range p.held {
		if p.held[i].who == who {
			return &p.held[i]
		}
	}
	return nil
}

// holds is how many places a caller has. p.mu is held.
func (p *places) holds(who caller) int {
	if s := p.shareOf(who); s != nil {
		return s.n
	}
	return 0
}

// hold takes a free place if the caller may have one more. p.mu is held.
func (p *places) hold(who caller) bool {
	if p.free == 0 {
		return false
	}
	s := p.shareOf(who)
	switch {
	case s == nil:
		p.held = append(p.held, share{who, 1})
	case s.n >= p.most:
		return false
	default:
		s.n++
	}
	p.free--
	return true
}

// join puts a question at the end of its caller's queue. p.mu is held.
func (p *places) join(who caller) *waiter {
	w := &waiter{make(chan struct{}, 1)}
	for _, q := range p.waiting {
		if q.who == who {
			q.waiters = append(q.waiters, w)
			return w
		}
	}
	p.waiting = append(p.waiting, &queue{who, []*waiter{w}})
	return w
}

// quit takes a question out of its queue; false: it is not there any more.
func (p *places) quit(who caller, w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.waiting, func(q *queue) bool { return q.who == who })
	if i < 0 {
		return false
	}
	q := p.waiting[i]
	j := slices.Index(q.waiters, w)
	if j < 0 {
		return false
	}
	if q.waiters = slices.Delete(q.waiters, j, j+1); len(q.waiters) == 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	return true
}

// serve gives what is free to those who wait. p.mu is held.
func (p *places) serve() {
	for p.free > 0 {
		next := -1
		for i, q := range p.waiting {
			if n := p.holds(q.who); n < p.most && (next < 0 || n < p.holds(p.waiting[next].who)) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		q := p.waiting[next]
		p.hold(q.who)
		q.waiters[0].ready <- struct{}{}
		q.waiters = slices.Delete(q.waiters, 0, 1)
		p.waiting = slices.Delete(p.waiting, next, next+1)
		if len(q.waiters) > 0 {
			p.waiting = append(p.waiting, q)
		}
	}
}
