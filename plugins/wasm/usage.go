package wasm

import (
	"math"
	"sync"
	"sync/atomic"
)

// usage counts who uses an exit until it is closed. Each decision goes through it, so that it is one number.
type usage struct {
	n    atomic.Int64 // below zero once it is closed
	once sync.Once
	idle chan struct{} // closed when it is closed and nobody is left
}

func newUsage() *usage { return &usage{idle: make(chan struct{})} }

// enter counts one more; false: it is closed.
func (u *usage) enter() bool {
	if u.n.Add(1) > 0 {
		return true
	}
	u.leave()
	return false
}

func (u *usage) leave() {
	if u.n.Add(-1) == math.MinInt64 {
		u.once.Do(func() { close(u.idle) })
	}
}

// close lets nobody in any more; false: it was closed before.
func (u *usage) close() bool {
	for n := u.n.Load(); n >= 0; n = u.n.Load() {
		if u.n.CompareAndSwap(n, n+1+math.MinInt64) { // one more, so that its end is noticed
			u.leave()
			return true
		}
	}
	return false
}
