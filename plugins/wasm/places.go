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
	held    map[caller]int
	waiting []*queue // of each caller who waits
}

// queue is one caller's questions that wait.
type queue struct {
	who     caller
	waiters []*waiter
}

// waiter is one question that waits. A place that it was given is told by ready, once.
type waiter struct{ ready chan struct{} }

func newPlaces(n int) *places {
	return &places{most: share(n), free: n, held: map[caller]int{}}
}

// share is how many of n places one caller may hold: three quarters, and never all of them where there are two.
func share(n int) int { return max(1, n-max(1, n/4)) }

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
	if p.held[who]--; p.held[who] == 0 {
		delete(p.held, who)
	}
	p.free++
	p.serve()
}

// hold takes a free place if the caller may have one more. p.mu is held.
func (p *places) hold(who caller) bool {
	if p.free == 0 || p.held[who] >= p.most {
		return false
	}
	p.free--
	p.held[who]++
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
			if n := p.held[q.who]; n < p.most && (next < 0 || n < p.held[p.waiting[next].who]) {
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
