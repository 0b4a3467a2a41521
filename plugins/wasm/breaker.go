package wasm

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/sdk"
)

// What opens a breaker, and for how long.
const (
	breakStarts   = 3 // failures in a row to make an instance
	breakPartners = 3 // partners whose calls failed, with no success between
	breakFirst    = time.Second
	breakMost     = time.Minute
)

// breaker leaves an exit alone that fails whoever asks. It counts partners, so that one hostile caller locks out nobody
// else. Once its pause is over a single call is let through: a success closes it, another failure doubles the pause. A
// caller whose own calls failed waits for another pause, so that others get to try: it could fail on purpose.
type breaker struct {
	now     func() time.Time
	trouble atomic.Bool // something failed since the last success: without it the rest is zero

	mu      sync.Mutex
	starts  int
	callers map[caller]struct{}
	pause   time.Duration // 0: closed
	until   time.Time
	trying  bool
	cause   string
}

// allow answers "" when the exit may be asked, else why not. Whoever was allowed reports what came of it, with one of
// good, bad, unborn and nothing.
func (b *breaker) allow(q *sdk.Question) string {
	if !b.trouble.Load() {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return ""
	}
	until := b.until
	if _, failed := b.callers[callerOf(q)]; failed {
		until = until.Add(b.pause)
	}
	if left := until.Sub(b.now()); left > 0 {
		return "it is not asked for another " + left.Round(time.Millisecond).String() + " after failing repeatedly, at last: " + b.cause
	}
	if b.trying {
		return "it is being tried again after failing repeatedly, at last: " + b.cause
	}
	b.trying = true
	return ""
}

// resting says why nobody is let through at the moment; "" when somebody would be.
func (b *breaker) resting() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := b.until.Sub(b.now())
	if b.pause == 0 || left <= 0 {
		return ""
	}
	return "not asked for another " + left.Round(time.Millisecond).String() + " after failing repeatedly, at last: " + b.cause
}

// good says that a call was answered.
func (b *breaker) good() {
	if !b.trouble.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble.Store(false)
	b.starts, b.pause, b.trying = 0, 0, false
	clear(b.callers)
}

// nothing says that a call told nothing about the module.
func (b *breaker) nothing() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}

// bad says that the module failed on a caller's question.
func (b *breaker) bad(who caller, cause string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble.Store(true)
	if b.callers == nil {
		b.callers = map[caller]struct{}{}
	}
	b.callers[who] = struct{}{}
	b.failed(len(b.callers) >= breakPartners, cause)
}

// unborn says that no instance could be made.
func (b *breaker) unborn(cause string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble.Store(true)
	b.starts++
	b.failed(b.starts >= breakStarts, cause)
}

func (b *breaker) failed(enough bool, cause string) {
	again := b.trying
	b.trying = false
	if !enough && !again {
		return
	}
	if again || b.pause == 0 {
		b.pause = min(max(breakFirst, 2*b.pause), breakMost)
	}
	b.cause, b.until = cause, b.now().Add(b.pause)
}
