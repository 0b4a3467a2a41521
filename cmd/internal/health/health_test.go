package health_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/cmd/internal/health"
)

func newHealth(t *testing.T, log *bytes.Buffer) *health.Health {
	l := slog.New(slog.DiscardHandler)
	if log != nil {
		l = slog.New(slog.NewTextHandler(log, nil))
	}
	h := health.New(health.Options{Log: l})
	t.Cleanup(h.Close)
	return h
}

var errSick = errors.New("sick")

func TestAServerThatStartsOrStopsLivesAndIsNotReady(t *testing.T) {
	h, ctx := newHealth(t, nil), t.Context()
	if err := h.Ready(ctx); !errors.Is(err, health.ErrStarting) || h.Live(ctx) != nil {
		t.Errorf("starting: ready %v", err)
	}
	h.Serve(health.Check{Name: "well", Life: true, Try: func(context.Context) error { return nil }})
	if err := errors.Join(h.Ready(ctx), h.Live(ctx)); err != nil {
		t.Errorf("serving: %v", err)
	}
	h.Stop()
	if err := h.Ready(ctx); !errors.Is(err, health.ErrStopping) || h.Live(ctx) != nil {
		t.Errorf("stopping: ready %v", err)
	}
}

func TestOnlyAVitalCheckCostsTheLife(t *testing.T) {
	for _, vital := range []bool{false, true} {
		h, ctx := newHealth(t, nil), t.Context()
		h.Serve(health.Check{Name: "a", Life: vital, Try: func(context.Context) error { return errSick }},
			health.Check{Name: "b", Try: func(context.Context) error { return errSick }})
		if err := h.Live(ctx); (err != nil) != vital {
			t.Errorf("vital %v: live %v", vital, err)
		}
		if err := h.Ready(ctx); err == nil || err.Error() != "a: sick\nb: sick" {
			t.Errorf("ready %v", err)
		}
	}
}

func TestACheckRunsOnceForAllWhoAskAndItsAnswerHoldsForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, runs := newHealth(t, nil), 0
		h.Serve(health.Check{Name: "slow", Try: func(context.Context) error { runs++; time.Sleep(time.Second); return nil }})
		ask := func(n int) {
			var all sync.WaitGroup
			for range n {
				all.Go(func() {
					if err := h.Ready(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		ask(100)
		ask(1)
		if runs != 1 {
			t.Errorf("it ran %d times", runs)
		}
		time.Sleep(time.Second)
		ask(1)
		if runs != 2 {
			t.Errorf("it ran %d times", runs)
		}
	})
}

func TestACheckThatHangsIsAFailureAndHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, runs, free := newHealth(t, nil), atomic.Int64{}, make(chan struct{})
		h.Serve(health.Check{Name: "disk", Life: true, Try: func(context.Context) error { runs.Add(1); <-free; return nil }})
		began := time.Now()
		if err := h.Live(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer within") || time.Since(began) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if err := h.Live(t.Context()); err == nil || time.Since(began) != 10*time.Second || runs.Load() != 1 {
			t.Errorf("the second who asks waits %s: %v (%d runs)", time.Since(began), err, runs.Load())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_ = h.Live(ctx)
		close(free)
		synctest.Wait()
		if err := h.Live(t.Context()); err != nil {
			t.Errorf("it answers again: %v", err)
		}
	})
}

func TestTheLogSaysWhenReadinessIsLostAndWhenItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		h, sick := newHealth(t, &log), false
		h.Serve(health.Check{Name: "disk", Try: func(context.Context) error {
			if sick {
				return errSick
			}
			return nil
		}})
		for _, sick = range []bool{false, true, true, false, false} {
			_ = h.Ready(t.Context())
			time.Sleep(2 * time.Second)
		}
		if n := strings.Count(log.String(), "not ready for calls"); n != 1 || strings.Count(log.String(), "ready for calls again") != 1 {
			t.Errorf("the log says\n%s", log.String())
		}
	})
}

func TestADiskWithLessThanIsWantedFails(t *testing.T) {
	for want, fails := range map[int64]bool{0: false, 1: false, 1 << 62: true} {
		err := health.Disk(t.TempDir(), func() int64 { return want }).Try(t.Context())
		if free, _ := health.Free(t.TempDir()); free < 0 {
			t.Skip("this system does not say how much room there is")
		}
		if (err != nil) != fails {
			t.Errorf("%d bytes wanted: %v", want, err)
		}
	}
	if err := health.Disk("/no/such/folder", func() int64 { return 1 }).Try(t.Context()); err == nil {
		t.Error("a folder that is not there has room")
	}
}
