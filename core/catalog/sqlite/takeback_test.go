package sqlite

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// knows is what a writer knows, in a form that can be compared.
type knows struct {
	Known   map[string]known
	Behind  []string
	Index   map[facet][]string
	Census  map[uint64]int32
	Numbers map[string]counter
	Running int
	Commits int64
	Again   int
}

func (h *held) knows() (now knows) {
	h.w.chore(func() {
		w := h.w
		now = knows{Known: map[string]known{}, Behind: slices.Sorted(maps.Keys(w.behind)), Index: map[facet][]string{},
			Census: maps.Clone(w.census.rows), Numbers: maps.Clone(w.numbers), Running: w.running, Commits: w.commits.Load(), Again: len(w.again)}
		for id, k := range w.known {
			c := *k
			c.body, c.rows = nil, slices.Clone(k.rows)
			now.Known[id] = c
		}
		for f, all := range w.index {
			for _, k := range all {
				now.Index[f] = append(now.Index[f], k.ID)
			}
			slices.Sort(now.Index[f])
		}
	})
	return now
}

// crew makes calls at random.
type crew struct {
	*held
	r    *rand.Rand
	mu   sync.Mutex
	last map[string]catalog.Entry
	n    int
	all  sync.WaitGroup
}

func (c *crew) saw(e catalog.Entry, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.last[e.ID] = e
	}
	return err
}

// call makes one call. It returns once that is answered, or waits for a commit.
func (c *crew) call() {
	c.mu.Lock()
	ids := slices.Sorted(maps.Keys(c.last))
	c.mu.Unlock()
	var e catalog.Entry
	if len(ids) > 0 {
		e = c.last[ids[c.r.IntN(len(ids))]]
	}
	ctx, verb, why := context.Background(), c.r.IntN(9), []catalog.Decision{{Point: "open", Exit: "x", Verdict: "pass"}}
	if len(ids) < 3 {
		verb = 0
	}
	c.n++
	in := catalog.Entry{ID: fmt.Sprintf("entry%06d", c.n), Direction: catalog.Receive, Partner: fmt.Sprint("P", c.r.IntN(2)), Decisions: why,
		Key: catalog.RestartKey{Name: fmt.Sprint("F", c.r.IntN(3)), Number: int64(c.r.IntN(4))}}
	waiting := 0
	c.w.chore(func() { waiting = len(c.w.waiting) })
	done := make(chan struct{})
	c.all.Go(func() {
		defer close(done)
		switch verb {
		case 0, 1:
			_ = c.saw(c.Create(ctx, in))
		case 2:
			_ = c.Begin(ctx, e.Lease())
		case 3:
			_ = c.Ending(ctx, e.Lease(), catalog.Outcome{Bytes: 1, Decisions: why})
		case 4:
			_, _ = c.End(ctx, e.Lease(), catalog.Outcome{Bytes: 1, Notify: true})
		case 5:
			_ = c.saw(c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Notify: true, Decisions: why}))
		case 6:
			var s stored
			err := c.look(ctx, func(t *tx) (err error) { s, err = t.find(e.ID); return err })
			if err == nil {
				_ = c.saw(c.Restart(ctx, s.Entry, catalog.Grant{Decisions: why}))
			}
		case 7:
			_ = c.Abandon(ctx, e.Lease())
		case 8:
			_ = c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1, FileOffset: 1}})
		}
	})
	for n := waiting; n <= waiting; {
		select {
		case <-done:
			return
		default:
			runtime.Gosched()
			c.w.chore(func() { n = len(c.w.waiting) })
		}
	}
}

// Whatever was changed in a commit that a full disk did not take, and on top of it, is as it was before.
func TestTwoTransactionsAreTakenBackToTheLastBit(t *testing.T) {
	rounds := 30
	if os.Getenv("POSTERN_TEST_LONG") != "" {
		rounds = 2000
	}
	h := slow(t)
	c := &crew{held: h, r: rand.New(rand.NewPCG(3, 5)), last: map[string]catalog.Entry{}}
	compared, owed := 0, 0
	for range rounds {
		for range c.r.IntN(6) {
			c.call()
			c.all.Wait()
		}
		if c.r.IntN(3) == 0 {
			_ = h.Alive(context.Background()) // the database has all
		}
		h.hold(t)
		before := h.knows()
		for range c.r.IntN(5) {
			c.early()
		}
		first := h.ending(c.made())
		select {
		case <-h.flushing:
		case <-first: // it was time to bring the database up to date
			h.w.chore(func() { h.w.note = h.w.journal.Append })
			continue
		}
		for range c.r.IntN(6) {
			c.call()
		}
		full := c.r.IntN(4) > 0
		if !full {
			h.verdict <- nil
			<-first
			c.all.Wait()
			continue
		}
		h.verdict <- syscall.ENOSPC
		<-first
		c.all.Wait()
		after := h.knows()
		if after.Commits == before.Commits { // else the timer has committed something before, or what is owed since
			compared++
			owed += after.Again
			after.Again = before.Again
			if !reflect.DeepEqual(before, after) {
				t.Fatalf("before:\n%+v\nafter:\n%+v", before, after)
			}
		}
		if what, err := h.Miscounted(context.Background()); what != "" || err != nil {
			t.Fatal(what, err)
		}
	}
	t.Log(compared, "compared,", owed, "owed")
	if compared == 0 || owed == 0 {
		t.Errorf("%d rounds compared, %d calls owed: nothing is tested", compared, owed)
	}
}

// made is a new entry, which the flush that is held has.
func (c *crew) made() catalog.Lease {
	c.n++
	e, _ := c.Create(context.Background(), catalog.Entry{ID: fmt.Sprintf("entry%06d", c.n), Direction: catalog.Receive, Partner: "P0",
		Key: catalog.RestartKey{Name: "F1"}})
	return e.Lease()
}

// early makes a call that waits for nothing.
func (c *crew) early() {
	ctx, ids := context.Background(), slices.Sorted(maps.Keys(c.last))
	if len(ids) == 0 || c.r.IntN(3) == 0 {
		_ = c.Begin(ctx, c.made())
		return
	}
	var s stored
	if c.look(ctx, func(t *tx) (err error) { s, err = t.find(ids[c.r.IntN(len(ids))]); return err }) != nil {
		return
	}
	switch running := s.Status() == catalog.Running; {
	case running && s.Ending != nil:
		_, _ = c.End(ctx, s.Lease(), catalog.Outcome{Bytes: 1, Notify: true})
	case running && !s.Begun && c.r.IntN(2) == 0:
		_ = c.Abandon(ctx, s.Lease())
	case running:
		_ = c.Begin(ctx, s.Lease())
	case s.Status() == catalog.Interrupted && s.Superseded == "":
		_ = c.saw(c.Restart(ctx, s.Entry, catalog.Grant{Decisions: []catalog.Decision{{Point: "open", Exit: "x", Verdict: "pass"}}}))
	}
}

// A record says what the one before it, which other calls did not wait for, does not say.
func TestTheJournalIsToldOnceWhatHasChanged(t *testing.T) {
	h, ctx := slow(t), context.Background()
	h.w.chore(func() { h.w.late.off() })
	why := func(exit string) []catalog.Decision {
		return []catalog.Decision{{Point: "p", Exit: exit, Verdict: "pass"}}
	}
	e, err := h.Create(ctx, catalog.Entry{ID: "entry1", Direction: catalog.Receive, Partner: "P", Decisions: why("a")})
	if err == nil {
		err = h.Begin(ctx, e.Lease())
	}
	if err == nil {
		e, err = h.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Decisions: why("b")})
	}
	if err == nil {
		e, err = h.Restart(ctx, e, catalog.Grant{Decisions: why("c")})
	}
	if err == nil {
		err = h.Begin(ctx, e.Lease())
	}
	if err == nil {
		_, err = h.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Decisions: why("d")})
	}
	if err != nil {
		t.Fatal(err)
	}
	crashed := t.TempDir()
	h.w.chore(func() { err = os.CopyFS(crashed, os.DirFS(filepath.Dir(h.path))) })
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(filepath.Join(crashed, "catalog.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, _, err := c.Decisions(ctx, e.ID)
	var exits string
	for _, d := range all {
		exits += d.Exit
	}
	if exits != "abcd" || err != nil {
		t.Errorf("after a crash the decisions are %q, %v", exits, err)
	}
}
