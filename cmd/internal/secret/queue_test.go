package secret

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/sdk"
)

// flooded is a checker whose turns are both taken.
func flooded(t *testing.T) *Checker {
	c := newChecker(t, newClock())
	for range atOnce {
		c.gate <- struct{}{}
	}
	return c
}

func TestWhoComesFirstIsServedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := flooded(t)
		order := make(chan int, 8)
		for i := range cap(order) {
			go func() {
				if err := c.enter(context.Background()); err != nil {
					t.Error(err)
				}
				order <- i // while nobody else has the turn
				<-c.gate
			}()
			synctest.Wait() // it waits
		}
		<-c.gate // one turn for all of them
		synctest.Wait()
		close(order)
		got := slices.Collect(func(yield func(int) bool) {
			for i := range order {
				if !yield(i) {
					return
				}
			}
		})
		if !slices.IsSorted(got) || len(got) != cap(order) {
			t.Errorf("served in the order %v", got)
		}
	})
}

func TestNobodyWaitsBehindTooManyAndEverybodyElseIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers = maxWaiting + 20
		c := flooded(t)
		known := cheap(t)
		c.remember(c.digest(sdk.NewSecret(known), sdk.NewSecret("sesame")))
		refused, served := make(chan error, callers), make(chan error, callers)
		for range callers {
			go func() {
				_, err := c.CheckPassword(context.Background(), sdk.NewSecret(cheap(t)), sdk.NewSecret("wrong"))
				if err != nil {
					refused <- err
					return
				}
				served <- nil
			}()
		}
		synctest.Wait()
		if len(refused) != callers-maxWaiting || len(served) != 0 {
			t.Errorf("%d were refused, %d served", len(refused), len(served))
		}
		if r, ok := sdk.AsRefusal(<-refused); !ok || r.Code != sdk.LimitSessions || !r.Temporary {
			t.Errorf("refused with %v", r)
		}
		if !check(t, c, known, "sesame") {
			t.Error("a partner that called a moment ago has to wait")
		}
		for range atOnce {
			<-c.gate
		}
		synctest.Wait()
		if len(served) != maxWaiting || c.Hashed() != maxWaiting || c.waiting.Load() != 0 {
			t.Errorf("%d were served with %d hashes, %d wait", len(served), c.Hashed(), c.waiting.Load())
		}
	})
}

func TestWhoGivesUpLeavesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := flooded(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range maxWaiting {
			go func() { _, _ = c.CheckPassword(ctx, sdk.Secret{}, sdk.NewSecret("x")) }()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := c.waiting.Load(); n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
}
