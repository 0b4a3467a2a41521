package wasm

import (
	"context"
	"sync"
	"time"

	"github.com/postern/postern/sdk"
)

// idleTime is how long an instance beyond the warm one may rest before it is closed.
const idleTime = time.Minute

// pool keeps the instances of a program. The last one in is the first one out, so that the others can be closed. At
// most as many are alive as there are places: an instance is made only by one who holds a place and found none idle.
type pool struct {
	exit   *Exit
	places *places

	mu      sync.Mutex
	idle    []*instance
	filling bool
	closed  bool
	trim    *time.Timer
	work    sync.WaitGroup
}

func newPool(e *Exit, places int) *pool {
	return &pool{exit: e, places: newPlaces(places)}
}

// take waits for a place. Each place taken is given back by drop.
func (p *pool) take(ctx context.Context, wait time.Duration, who caller) error {
	return p.places.take(ctx, who, wait)
}

func (p *pool) drop(who caller) { p.places.drop(who) }

// get gives an idle instance, nil when there is none.
func (p *pool) get() *instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	in := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return in
}

// put takes an instance back, or closes it.
func (p *pool) put(in *instance) {
	p.mu.Lock()
	keep := !p.closed
	if keep {
		p.idle = append(p.idle, in)
		if len(p.idle) > 1 && p.trim == nil {
			p.trim = time.AfterFunc(idleTime, p.tidy)
		}
	}
	p.mu.Unlock()
	if !keep {
		in.close()
	}
}

// tidy closes all but the warm instance once they have rested for long enough.
func (p *pool) tidy() {
	p.mu.Lock()
	var old []*instance
	p.trim = nil
	for len(p.idle) > 1 && time.Since(p.idle[0].used) >= idleTime {
		old = append(old, p.idle[0])
		p.idle = p.idle[1:]
	}
	if len(p.idle) > 1 && !p.closed {
		p.trim = time.AfterFunc(idleTime, p.tidy)
	}
	p.mu.Unlock()
	for _, in := range old {
		if err := closed(in); err != nil {
			p.exit.log.Error("an instance was not closed", "error", err)
		}
	}
}

// closed closes an instance on a timer, above which nobody is.
func closed(in *instance) (err error) {
	defer sdk.Caught(&err)
	in.close()
	return nil
}

// refill makes an instance in the background when none is idle.
func (p *pool) refill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.filling || len(p.idle) > 0 {
		return
	}
	if !p.places.try(caller{}) {
		return // all are at work: one of them will be idle
	}
	p.filling = true
	p.work.Go(p.fill)
}

func (p *pool) fill() {
	defer p.drop(caller{})
	in, err := p.exit.freshInstance()
	p.mu.Lock()
	p.filling = false
	p.mu.Unlock()
	if err == nil {
		p.put(in)
	}
}

// close closes what is idle and waits for what is being made. Instances at work are closed by those who use them.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	if p.trim != nil {
		p.trim.Stop()
	}
	p.mu.Unlock()
	for _, in := range idle {
		in.close()
	}
	p.work.Wait()
}
