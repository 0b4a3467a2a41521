package wiring

import (
	"log/slog"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheLinesOfAProcessAreWaitedForUntilItIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeard()
		log := slog.New(h).With("exit", "scan")
		log.Info("at once", slog.GroupAttrs("plugin", slog.String("file", "orders.txt"), slog.Int("bytes", 3)))
		go func() {
			time.Sleep(20 * time.Millisecond)
			log.Warn("a little later")
			time.Sleep(time.Minute)
			log.Error("far too late")
		}()
		want := []string{"at once exit=scan file=orders.txt bytes=3", "a little later exit=scan"}
		if got := h.take(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := h.take(); len(got) > 0 {
			t.Errorf("it is told twice: %q", got)
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestAProcessThatNeverIsSilentIsNotWaitedForForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeard()
		over := make(chan struct{})
		go func() {
			defer close(over)
			for range 100 {
				slog.New(h).Info("still here")
				time.Sleep(10 * time.Millisecond)
			}
		}()
		began := time.Now()
		if n := len(h.take()); n == 0 || time.Since(began) > talking {
			t.Errorf("%d lines after %v", n, time.Since(began))
		}
		<-over
	})
}
