package collector

import (
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheHeapMayGrowToTheFloorAndNoSmallerThanUsual(t *testing.T) {
	for _, v := range []struct{ live, share uint64 }{
		{8 << 20, 700}, {16 << 20, 300}, {Floor / 2, usual}, {Floor, usual}, {10 * Floor, usual}, {0, usual},
	} {
		if got := shareFor(v.live); got != int(v.share) {
			t.Errorf("with %d MiB in use GOGC is %d, want %d", v.live>>20, got, v.share)
		}
	}
}

func TestCollectionsInQuickSuccessionAreMadeFewerUntilTheyAreRare(t *testing.T) {
	c, began := unwatched(t)
	c.tune(began.Add(fast / 2))
	if percent() <= usual {
		t.Fatalf("GOGC is %d after two collections in %s", percent(), fast/2)
	}
	c.tune(began.Add(2 * fast))
	if percent() != usual {
		t.Fatalf("GOGC is %d after a collection that came late", percent())
	}
}

func TestWhatIsLeftIsCollectedOnceGarbageNoLongerComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, began := unwatched(t)
		c.mu.Lock()
		c.tune(began.Add(fast / 2))
		c.mu.Unlock()
		before := collections()
		time.Sleep(2*fast - 1)
		synctest.Wait()
		if n := collections(); n != before || percent() <= usual {
			t.Fatalf("it was over too soon: %d collections, GOGC is %d", n-before, percent())
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := collections(); n != before+1 || percent() != usual {
			t.Fatalf("%d collections, GOGC is %d", n-before, percent())
		}
	})
}

// collections is how many there have been.
func collections() uint32 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.NumGC
}

func TestTheEndOfTheWatchLeavesCollectionsAsUsual(t *testing.T) {
	c, began := unwatched(t)
	c.tune(began.Add(fast / 2))
	c.Close()
	c.collected()
	if percent() != usual {
		t.Fatalf("GOGC is %d when nobody watches", percent())
	}
}

func TestEachCollectionIsNoticed(t *testing.T) {
	seen := make(chan struct{}, 1)
	c := Start(func() time.Time {
		select {
		case seen <- struct{}{}:
		default:
		}
		return time.Time{}
	})
	t.Cleanup(c.Close)
	for range 3 { // the start, and two collections
		for noticed := false; !noticed; {
			runtime.GC()
			select {
			case <-seen:
				noticed = true
			case <-time.After(time.Millisecond):
			}
		}
	}
}

func TestWhoeverSaysHowOftenIsObeyed(t *testing.T) {
	t.Setenv("GOGC", "50")
	c := Start(func() time.Time { t.Error("collections are watched"); return time.Time{} })
	runtime.GC()
	if c.Close(); percent() != usual {
		t.Fatalf("GOGC became %d", percent())
	}
}

// unwatched is a collector that no collection tells anything, and when the last one was.
func unwatched(t *testing.T) (*Collector, time.Time) {
	t.Helper()
	runtime.GC() // until then nothing is known to live
	began := time.Unix(1000, 0)
	c := &Collector{now: func() time.Time { return began }, last: began, share: usual}
	t.Cleanup(c.Close)
	return c, began
}

// percent is GOGC as it is now.
func percent() int {
	p := debug.SetGCPercent(usual)
	debug.SetGCPercent(p)
	return p
}
