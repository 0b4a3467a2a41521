package purge

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/catalog"
)

// store is a catalog with so much that is too old. A batch takes 10 ms.
type store struct {
	mu                sync.Mutex
	entries, refusals int
	largest           int
	began             []time.Time
	fails             error
}

func (s *store) Purge(_ context.Context, _ catalog.Retention, limit int) ([]catalog.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = append(s.began, time.Now())
	time.Sleep(10 * time.Millisecond)
	n := min(limit, s.entries)
	s.entries -= n
	s.largest = max(s.largest, n)
	return make([]catalog.Entry, n), s.fails
}

func (s *store) PurgeRefusals(_ context.Context, _ time.Time, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
	n := min(limit, s.refusals)
	s.refusals -= n
	return n, nil
}

// state is what a test looks at while the purger runs.
type state struct {
	entries, refusals, largest int
	began                      []time.Time
}

func (s *store) now() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return state{s.entries, s.refusals, s.largest, s.began}
}

func hourly(after time.Time, first bool) (time.Time, bool) {
	if first {
		return after.Add(time.Minute), true
	}
	return after.Add(time.Hour), true
}

func start(s *store, next func(time.Time, bool) (time.Time, bool)) (p *Purger, removed *atomic.Int64, said *strings.Builder) {
	removed, said = new(atomic.Int64), &strings.Builder{}
	return New(Options{Catalog: s, Removed: func(catalog.Entry) { removed.Add(1) }, Log: slog.New(slog.NewTextHandler(said, nil)),
		Settings: func() Settings { return Settings{Batch: 100, Refusals: time.Hour, Next: next} }}), removed, said
}

func TestAPurgeOnScheduleWorksInBatchesAndLeavesMostOfTheTimeToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{entries: 1050, refusals: 250}
		p, removed, said := start(s, hourly)
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		go p.Run(ctx)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if len(s.now().began) > 0 {
			t.Error("it begins before its time")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		n := s.now()
		if n.entries+n.refusals > 0 || removed.Load() != 1050 || n.largest > 100 || len(n.began) != 12 {
			t.Errorf("%d entries and %d refusals are left, %d parts removed, batches of up to %d, %d times", n.entries, n.refusals, removed.Load(), n.largest, len(n.began))
		}
		for i := 1; i < len(n.began); i++ {
			if d := n.began[i].Sub(n.began[i-1]); d != 50*time.Millisecond {
				t.Errorf("batch %d began %s after the one before", i, d)
			}
		}
		if r := p.Last(); r.Entries != 1050 || r.Refusals != 250 || !strings.Contains(said.String(), "entries=1050 refusals=250") {
			t.Errorf("it tells %+v, the log %s", r, said)
		}
		s.mu.Lock()
		s.entries, s.began = 5, nil
		s.mu.Unlock()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if n = s.now(); n.entries > 0 || n.began[0].Sub(begin) > 2*time.Hour {
			t.Error("an hour later it does not purge again")
		}
		cancel()
		synctest.Wait()
	})
}

func TestAPurgeStopsWithTheServerAndIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{entries: 100000}
		p, _, said := start(s, hourly)
		ctx, cancel := context.WithTimeout(t.Context(), 61*time.Second)
		defer cancel()
		p.Run(ctx)
		if s.entries == 0 || strings.Contains(said.String(), "ERROR") {
			t.Errorf("%d are left, the log says %s", s.entries, said)
		}
	})
}

func TestAPurgeThatFailsIsToldAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{entries: 300, fails: errors.New("disk full")}
		p, _, said := start(s, hourly)
		ctx, cancel := context.WithCancel(t.Context())
		go p.Run(ctx)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !strings.Contains(said.String(), "disk full") || p.Last().Err == nil {
			t.Errorf("the log says %s", said)
		}
		s.mu.Lock()
		s.fails = nil
		s.mu.Unlock()
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := s.now(); n.entries > 0 || p.Last().Err != nil {
			t.Errorf("%d are left", n.entries)
		}
		cancel()
		synctest.Wait()
	})
}

func TestAnOperatorPurgesWithoutASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{entries: 250}
		p, _, _ := start(s, func(time.Time, bool) (time.Time, bool) { return time.Time{}, false })
		ctx, cancel := context.WithCancel(t.Context())
		go p.Run(ctx)
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		if s.now().entries != 250 {
			t.Error("it purges by itself")
		}
		if r, err := p.Now(ctx); err != nil || r.Entries != 250 {
			t.Errorf("%+v (%v)", r, err)
		}
		cancel()
		synctest.Wait()
	})
}
