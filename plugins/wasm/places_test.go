package wasm_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// slow is a module that is busy until its caller's password was compared, which hold decides.
func slow(instances int, hold func(context.Context)) wasm.Settings {
	r := newReactor(sdk.PointIdentify)
	verify := r.imp("postern_v1", "verify_password", "iii:i")
	r.data(scratch, goodHash)
	s := settings(r.build(i32c(scratch), i32c(int32(len(goodHash))), i32c(0), call(verify), drop))
	s.Grants.VerifyPassword, s.Passwords = true, &checker{hold: hold}
	s.Limits.Instances, s.Limits.Deadline = instances, time.Minute
	return s
}

// waiting waits until n questions wait for an instance.
func waiting(t *testing.T, e *wasm.Exit, n int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for e.Waiting() != n {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d questions wait, want %d", e.Waiting(), n)
		}
	}
}

func TestANeighbourIsAnsweredWhileOneCallerFloods(t *testing.T) {
	for _, n := range []int{2, 4} {
		t.Run(fmt.Sprintf("%d instances", n), func(t *testing.T) {
			var at, most atomic.Int32
			var polite atomic.Bool
			arrived, over := make(chan struct{}, 64), make(chan struct{})
			e := load(t, slow(n, func(context.Context) {
				if polite.Load() {
					return
				}
				most.Store(max(most.Load(), at.Add(1)))
				arrived <- struct{}{}
				<-over
				at.Add(-1)
			}))
			var flood sync.WaitGroup
			for range 16 {
				flood.Go(func() { _, _ = e.Decide(context.Background(), from(question(sdk.PointIdentify), "192.0.2.66")) })
			}
			share := n - max(1, n/4)
			for range share {
				<-arrived
			}
			waiting(t, e, 16-share)
			polite.Store(true)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			for range 3 {
				if _, err := e.Decide(ctx, from(question(sdk.PointIdentify), "192.0.2.1")); err != nil {
					t.Errorf("the neighbour: %v", err)
				}
			}
			close(over)
			flood.Wait()
			if int(most.Load()) != share {
				t.Errorf("one caller held %d of %d instances, its share is %d", most.Load(), n, share)
			}
		})
	}
}

func TestANeighbourIsServedNextByAModuleWithOneInstance(t *testing.T) {
	first, over := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	e := load(t, slow(1, func(context.Context) {
		if calls.Add(1) == 1 {
			close(first)
			<-over
		}
	}))
	var mu sync.Mutex
	var order []string
	var all sync.WaitGroup
	ask := func(peer string) {
		all.Go(func() {
			_, _ = e.Decide(context.Background(), from(question(sdk.PointIdentify), peer))
			mu.Lock()
			order = append(order, peer)
			mu.Unlock()
		})
	}
	ask("192.0.2.66")
	<-first
	for range 8 {
		ask("192.0.2.66")
	}
	waiting(t, e, 8)
	ask("192.0.2.1")
	waiting(t, e, 9)
	close(over)
	all.Wait()
	for i, peer := range order {
		if peer == "192.0.2.1" && i > 2 {
			t.Errorf("the neighbour was served as number %d: %v", i+1, order)
		}
	}
}

func TestAPlaceThatNobodyWaitsForAnyMoreGoesToTheNext(t *testing.T) {
	first, over := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	e := load(t, slow(1, func(context.Context) {
		if calls.Add(1) == 1 {
			close(first)
			<-over
		}
	}))
	var all sync.WaitGroup
	ask := func(ctx context.Context) {
		all.Go(func() { _, _ = e.Decide(ctx, question(sdk.PointIdentify)) })
	}
	ask(t.Context())
	<-first
	gone, leave := context.WithCancel(t.Context())
	for range 4 {
		ask(gone)
	}
	waiting(t, e, 4)
	leave()
	waiting(t, e, 0)
	close(over)
	all.Wait()
	if _, err := e.Decide(t.Context(), from(question(sdk.PointIdentify), "192.0.2.1")); err != nil {
		t.Errorf("the next one: %v", err)
	}
}
