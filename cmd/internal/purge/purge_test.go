package purge

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/catalog"
)

// store is a catalog with so much that is too old. A batch takes 10 ms.
type store struct {
	entries, refusals int
	largest           int
	began             []time.Time
	fails             error
}

func (s *store) Purge(_ context.Context, _ catalog.Retention, limit int) ([]catalog.Entry, error) {
	s.began = append(s.began, time.Now())
	time.Sleep(10 * time.Millisecond)
	n := min(limit, s.entries)
	s.entries -= n
	s.largest = max(s.largest, n)
	return make([]catalog.Entry, n), s.fails
}

func (s *store) PurgeRefusals(_ context.Context, _ time.Time, limit int) (int, error) {
	time.Sleep(10 * time.Millisecond)
	n := min(limit, s.refusals)
	s.refusals -= n
	return n, nil
}

func hourly(after time.Time, first bool) (time.Time, bool) {
	if first {
		return after.Add(time.Minute), true
	}
	return after.Add(time.Hour), true
}

func start(s *store, next func(time.Time, bool) (time.Time, bool)) (p *Purger, removed *int, said *strings.Builder) {
	removed, said = new(int), &strings.Builder{}
	return New(Options{Catalog: s, Removed: func(catalog.Entry) { *removed++ }, Log: slog.New(slog.NewTextHandler(said, nil)),
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
		if len(s.began) > 0 {
			t.Error("it begins before its time")
		}
		time.Sleep(10 * time.Second)
		if s.entries+s.refusals > 0 || *removed != 1050 || s.largest > 100 || len(s.began) != 12 {
			t.Errorf("%d entries and %d refusals are left, %d parts removed, batches of up to %d, %d times", s.entries, s.refusals, *removed, s.largest, len(s.began))
		}
		for i := 1; i < len(s.began); i++ {
			if d := s.began[i].Sub(s.began[i-1]); d != 50*time.Millisecond {
				t.Errorf("batch %d began %s after the one before", i, d)
			}
		}
		if r := p.Last(); r.Entries != 1050 || r.Refusals != 250 || !strings.Contains(said.String(), "entries=1050 refusals=250") {
			t.Errorf("it tells %+v, the log %s", r, said)
		}
		s.entries, s.began = 5, nil
		time.Sleep(2 * time.Hour)
		if s.entries > 0 || s.began[0].Sub(begin) > 2*time.Hour {
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
		if !strings.Contains(said.String(), "disk full") || p.Last().Err == nil {
			t.Errorf("the log says %s", said)
		}
		s.fails = nil
		time.Sleep(time.Hour)
		if s.entries > 0 || p.Last().Err != nil {
			t.Errorf("%d are left", s.entries)
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
		if s.entries != 250 {
			t.Error("it purges by itself")
		}
		if r, err := p.Now(ctx); err != nil || r.Entries != 250 {
			t.Errorf("%+v (%v)", r, err)
		}
		cancel()
		synctest.Wait()
	})
}
