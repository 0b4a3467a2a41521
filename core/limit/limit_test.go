package limit

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestSlotsNeverExceedTheirLimitAndAlwaysComeBack(t *testing.T) {
	const max, workers, rounds = 7, 64, 300
	s := newSlots(max)
	var now, peak, taken, refused atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range rounds {
				release, ok := s.Take()
				if !ok {
					refused.Add(1)
					release()
					continue
				}
				taken.Add(1)
				n := now.Add(1)
				for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
				}
				runtime.Gosched()
				now.Add(-1)
				var twice sync.WaitGroup
				twice.Go(release)
				twice.Go(release)
				twice.Wait()
			}
		})
	}
	all.Wait()
	if peak.Load() > max {
		t.Errorf("%d slots were taken at once, the limit is %d", peak.Load(), max)
	}
	if s.Count() != 0 {
		t.Errorf("%d slots never came back", s.Count())
	}
	if got := s.Refused(); got != uint64(refused.Load()) {
		t.Errorf("%d refusals counted, %d happened", got, refused.Load())
	}
	if taken.Load()+refused.Load() != workers*rounds {
		t.Errorf("%d takes and %d refusals of %d", taken.Load(), refused.Load(), workers*rounds)
	}
}

func TestAllSlotsCanBeTaken(t *testing.T) {
	s := newSlots(3)
	var releases []func()
	for i := range 3 {
		if s.Full() {
			t.Fatalf("full after %d of 3", i)
		}
		release, ok := s.Take()
		if !ok {
			t.Fatalf("take %d of 3 was refused", i+1)
		}
		releases = append(releases, release)
	}
	if _, ok := s.Take(); ok || !s.Full() {
		t.Fatal("a fourth slot of three was taken")
	}
	releases[0]()
	releases[0]()
	if s.Count() != 2 {
		t.Fatalf("releasing one slot twice left %d taken, want 2", s.Count())
	}
}

func TestNoLimitNeverRefuses(t *testing.T) {
	s := newSlots(0)
	for range 10_000 {
		if _, ok := s.Take(); !ok {
			t.Fatal("refused without a limit")
		}
	}
	if s.Count() != 10_000 || s.Full() {
		t.Fatalf("%d counted, full: %v", s.Count(), s.Full())
	}
}

func TestALowerLimitHoldsFromTheNextTakeOn(t *testing.T) {
	l := New(Settings{MaxSessions: 3})
	var releases []func()
	for range 3 {
		release, _ := l.Sessions.Take()
		releases = append(releases, release)
	}
	l.Apply(Settings{MaxSessions: 1})
	releases[0]()
	releases[1]()
	if _, ok := l.Sessions.Take(); ok {
		t.Fatal("taken above the new limit")
	}
	releases[2]()
	if _, ok := l.Sessions.Take(); !ok || l.Sessions.Count() != 1 {
		t.Fatalf("refused below the new limit, %d taken", l.Sessions.Count())
	}
}

func TestKeyedSlotsNeverExceedTheirLimitWhileItChanges(t *testing.T) {
	const workers, rounds, high = 48, 300, 5
	keys := []string{"PARIS", "LYON", "BREST"}
	var k Keyed
	var now [3]atomic.Int64
	var broken atomic.Bool
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(w)))
			for range rounds {
				i := rnd.IntN(len(keys))
				release, ok := k.Take(keys[i], 1+rnd.IntN(high))
				if !ok {
					continue
				}
				if now[i].Add(1) > high {
					broken.Store(true)
				}
				runtime.Gosched()
				now[i].Add(-1)
				release()
				release()
			}
		})
	}
	all.Wait()
	if broken.Load() {
		t.Errorf("a partner had more than %d sessions", high)
	}
	if len(k.Counts()) != 0 {
		t.Errorf("never came back: %v", k.Counts())
	}
	if k.Refused() == 0 {
		t.Error("nothing was refused: the test proves nothing")
	}
}

func TestAKeysLimitIsTheOneOfItsNextTake(t *testing.T) {
	var k Keyed
	a, _ := k.Take("PARIS", 2)
	b, _ := k.Take("PARIS", 2)
	if _, ok := k.Take("PARIS", 2); ok {
		t.Fatal("a third of two was taken")
	}
	if _, ok := k.Take("LYON", 2); !ok {
		t.Fatal("another partner was refused")
	}
	c, ok := k.Take("PARIS", 3)
	if !ok || k.Count("PARIS") != 3 {
		t.Fatalf("the raised limit was not used, %d taken", k.Count("PARIS"))
	}
	a()
	b()
	if _, ok := k.Take("PARIS", 1); ok {
		t.Fatal("the lowered limit was not used")
	}
	c()
	if k.Count("PARIS") != 0 {
		t.Fatalf("%d still taken", k.Count("PARIS"))
	}
}
