package health

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/postern/postern/sdk"
)

// probe is a check with its last answer.
type probe struct {
	Check
	health *Health
	mu     sync.Mutex
	flight *flight // the check under way; nil: none
	last   error
	at     time.Time // of the last answer; zero: there was none
}

// flight is one run of a check, for which any number may wait.
type flight struct {
	began time.Time
	done  chan struct{}
}

// ask gives an answer that is fresh enough, or waits for the check under way until it has had its time.
func (p *probe) ask(ctx context.Context) error {
	f, err := p.begin()
	if f == nil {
		return err
	}
	timer := time.NewTimer(time.Until(f.began.Add(p.health.options.Timeout)))
	defer timer.Stop()
	select {
	case <-f.done:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.last
	case <-timer.C:
		return fmt.Errorf("no answer within %s", p.health.options.Timeout)
	case <-ctx.Done():
		return fmt.Errorf("no answer yet: %w", context.Cause(ctx))
	}
}

// begin starts the check unless it runs already or its last answer still holds: then that is returned.
func (p *probe) begin() (*flight, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flight != nil {
		return p.flight, nil
	}
	if !p.at.IsZero() && time.Since(p.at) < p.health.options.Fresh {
		return nil, p.last
	}
	f := &flight{began: time.Now(), done: make(chan struct{})}
	if !p.health.fly(func() { p.run(f) }) {
		return nil, ErrStopping
	}
	p.flight = f
	return f, nil
}

func (p *probe) run(f *flight) {
	ctx, cancel := context.WithTimeout(p.health.life, p.health.options.Timeout)
	defer cancel()
	err := p.try(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.at, p.flight = err, time.Now(), nil
	close(f.done)
}

// try asks what may be a plugin; its bug is its answer.
func (p *probe) try(ctx context.Context) (err error) {
	defer sdk.Caught(&err)
	return p.Try(ctx)
}
