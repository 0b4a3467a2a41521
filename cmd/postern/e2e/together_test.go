package e2e

import (
	"sync"
	"testing"
)

// together runs steps at the same time, sixteen at most, and collects what went wrong.
type together struct {
	group  sync.WaitGroup
	room   chan struct{}
	once   sync.Once
	mu     sync.Mutex
	faults []error
}

func (r *together) do(step func() error) {
	r.once.Do(func() { r.room = make(chan struct{}, 16) })
	r.room <- struct{}{}
	r.group.Go(func() {
		defer func() { <-r.room }()
		if err := step(); err != nil {
			r.mu.Lock()
			r.faults = append(r.faults, err)
			r.mu.Unlock()
		}
	})
}

// wait ends the steps and reports every fault.
func (r *together) wait(t *testing.T) {
	t.Helper()
	r.group.Wait()
	for _, err := range r.faults {
		t.Error(err)
	}
	r.faults = nil
}
