package wasm

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// Gate lets a limited number of modules run at once, and have a limited amount of memory together; those that are the same
// have one compiled code. One gate serves the whole server.
type Gate struct {
	places     chan struct{}
	processors int // that there were when it was made
	memory     ration
	codes      codes
}

// NewGate makes a gate for n modules; 0: one less than GOMAXPROCS is now, and at least one.
func NewGate(n int) *Gate {
	processors := runtime.GOMAXPROCS(0)
	if n <= 0 {
		n = max(1, processors-1)
	}
	g := &Gate{places: make(chan struct{}, n), processors: processors}
	g.Share(DefaultShared)
	return g
}

// Share sets how many bytes of linear memory all instances may have together. Instances that have more by then keep it.
func (g *Gate) Share(bytes int64) { g.memory.most.Store(bytes) }

// Shared tells how many that are.
func (g *Gate) Shared() int64 { return g.memory.most.Load() }

// Memory tells how many bytes of linear memory all instances have now.
func (g *Gate) Memory() int64 { return g.memory.used.Load() }

// enter takes a place, waiting for one no longer than wait.
func (g *Gate) enter(ctx context.Context, wait time.Duration) error {
	return take(ctx, g.places, wait)
}

func (g *Gate) leave() { <-g.places }

// errWaited says that there was no place in time.
var errWaited = failed("waited too long")

// take puts a token into a channel of places. Its error is the context's or errWaited.
func take(ctx context.Context, places chan struct{}, wait time.Duration) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errWaited // the caller's own patience was the shorter one
		}
		return context.Cause(ctx)
	case <-t.C:
		return errWaited
	}
}
