package catalogtest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

var readingRows = []row{
	{"get: by the whole id, or by a beginning that only one has", func(d *desk) {
		a := d.incoming("F1", 1)
		a.ID = "abcd-1"
		b := d.incoming("F2", 2)
		b.ID = "abcd-12"
		must[catalog.Entry](d)(d.Create(d.ctx, a))
		b = must[catalog.Entry](d)(d.Create(d.ctx, b))
		for id, want := range map[string]error{"abcd-1": nil, "abcd-12": nil, "abcd": catalog.ErrAmbiguous, "abc": catalog.ErrNotFound,
			"zzzz": catalog.ErrNotFound, "": catalog.ErrNotFound, "abcd-%": catalog.ErrNotFound} {
			if e, err := d.Get(d.ctx, id); !errors.Is(err, want) || err == nil && e.ID != id {
				d.Errorf("get %q: %q, %v, want %v", id, e.ID, err, want)
			}
		}
		must[catalog.Entry](d)(d.Delete(d.ctx, d.interrupted(d.begun(b), sdk.NetworkCut).ID, "root"))
		if e := must[catalog.Entry](d)(d.Get(d.ctx, "abcd")); e.ID != a.ID {
			d.Fatalf("abcd is %s, want %s", e.ID, a.ID)
		}
	}},
	{"list: oldest first, filtered, limited from either end", func(d *desk) {
		a := d.ended(d.receiving("F1", 1))
		d.passes(time.Hour)
		b := d.offer("ROME", "STATEMENTS", "F2", 0)
		noon := d.now()
		c := d.interrupted(d.receiving("F3", 3), sdk.NetworkCut)
		e := d.interrupted(d.receiving("F4", 4), sdk.OperatorHalt)
		for _, x := range []struct {
			f    catalog.Filter
			want []string
		}{
			{catalog.Filter{}, []string{a.ID, b.ID, c.ID, e.ID}},
			{catalog.Filter{Limit: 2}, []string{a.ID, b.ID}},
			{catalog.Filter{Limit: 2, Last: true}, []string{c.ID, e.ID}},
			{catalog.Filter{Limit: 9, Last: true}, []string{a.ID, b.ID, c.ID, e.ID}},
			{catalog.Filter{Partner: "ROME"}, []string{b.ID}},
			{catalog.Filter{Flow: "INVOICES"}, []string{a.ID, c.ID, e.ID}},
			{catalog.Filter{Flow: "INVOICES", Limit: 1, Last: true}, []string{e.ID}},
			{catalog.Filter{Direction: catalog.Send}, []string{b.ID}},
			{catalog.Filter{Status: catalog.Interrupted}, []string{c.ID}},
			{catalog.Filter{Status: catalog.Suspended, Partner: "PARIS"}, []string{e.ID}},
			{catalog.Filter{Since: noon}, []string{b.ID, c.ID, e.ID}},
			{catalog.Filter{Since: noon.Add(time.Nanosecond)}, []string{}},
			{catalog.Filter{Until: noon}, []string{a.ID}},
			{catalog.Filter{Until: noon.Add(time.Nanosecond)}, []string{a.ID, b.ID, c.ID, e.ID}},
			{catalog.Filter{Since: noon, Until: noon}, []string{}},
			{catalog.Filter{Until: noon, Limit: 3, Last: true}, []string{a.ID}},
			{catalog.Filter{Partner: "NOBODY"}, []string{}},
			{catalog.Filter{File: "F3"}, []string{c.ID}},
			{catalog.Filter{File: "F?"}, []string{a.ID, b.ID, c.ID, e.ID}},
			{catalog.Filter{File: "F?", Limit: 2, Last: true}, []string{c.ID, e.ID}},
			{catalog.Filter{File: "F[13]"}, []string{}},
			{catalog.Filter{File: "f1"}, []string{}},
			{catalog.Filter{File: "F1", Limit: 1, Last: true}, []string{a.ID}},
			{catalog.Filter{File: "F1", Limit: 1}, []string{a.ID}},
			{catalog.Filter{File: "F1", Limit: 2, Last: true}, []string{a.ID}},
			{catalog.Filter{File: "F*", Flow: "INVOICES", Since: noon, Limit: 1, Last: true}, []string{e.ID}},
		} {
			if got := ids(d, x.f); !slices.Equal(got, x.want) {
				d.Errorf("%+v lists %v, want %v", x.f, got, x.want)
			}
		}
	}},
	{"list: more than a page, and a reader that stops early", func(d *desk) {
		for range 600 {
			d.offer("PARIS", "STATEMENTS", "F", 1)
		}
		if got := ids(d, catalog.Filter{}); len(got) != 600 || !slices.IsSorted(got) {
			d.Fatalf("%d entries are listed, sorted: %v", len(got), slices.IsSorted(got))
		}
		if got := ids(d, catalog.Filter{Limit: 300, Last: true}); len(got) != 300 || got[299] != "entry000600" {
			d.Fatalf("%d entries, the last %s", len(got), got[len(got)-1])
		}
		if got := ids(d, catalog.Filter{File: "F", Limit: 300, Last: true}); len(got) != 300 || got[299] != "entry000600" {
			d.Fatalf("%d entries of the name, the last %s", len(got), got[len(got)-1])
		}
		if got := ids(d, catalog.Filter{File: "?", Limit: 300}); len(got) != 300 || got[0] != "entry000001" {
			d.Fatalf("%d entries of the name, the first %s", len(got), got[0])
		}
		n := 0
		for range d.List(d.ctx, catalog.Filter{}) {
			if n++; n == 10 {
				break
			}
		}
		skip := ids(d, catalog.Filter{Limit: 599})
		if e := must[catalog.Entry](d)(d.Held(d.ctx, catalog.Wanted{Partner: "PARIS", Name: "F", Skip: skip})); e.ID != "entry000600" {
			d.Fatalf("held is %s", e.ID)
		}
	}},
	{"a caller that gave up before its turn changes nothing", func(d *desk) {
		ctx, cancel := context.WithCancel(d.ctx)
		cancel()
		e := d.incoming("F1", 1)
		_, err := d.Create(ctx, e)
		d.fails(err, context.Canceled)
		d.gone(e.ID)
	}},
}

const racers = 50

var raceRows = []row{
	{"race: of fifty callers exactly one releases an entry", func(d *desk) {
		d.offer("PARIS", "STATEMENTS", "F1", 1)
		held := must[catalog.Entry](d)(d.Held(d.ctx, catalog.Wanted{Partner: "PARIS", Name: "*"}))
		d.oneWins(func() error { _, err := d.Release(d.ctx, held, catalog.Grant{}); return err })
		d.is(must[catalog.Entry](d)(d.Get(d.ctx, held.ID)), "T", "C", "", catalog.Running)
	}},
	{"race: of fifty callers exactly one restarts an entry", func(d *desk) {
		cut := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		d.oneWins(func() error { _, err := d.Restart(d.ctx, cut, catalog.Grant{}); return err })
	}},
	{"race: of an end and many stops of one session exactly one counts", func(d *desk) {
		e := d.receiving("F1", 42)
		var n atomic.Int64
		d.oneWins(func() error {
			if n.Add(1)%2 == 0 {
				_, err := d.End(d.ctx, e.Lease(), catalog.Outcome{})
				return err
			}
			_, err := d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut})
			return err
		})
	}},
	{"race: fifty fetches of fifty offers get one each, with numbers of their own", func(d *desk) {
		for range racers {
			d.offer("PARIS", "STATEMENTS", "F", 1)
		}
		var mu sync.Mutex
		got, numbers := map[string]int{}, map[int64]int{}
		d.together(func() {
			for {
				e, err := d.fetch(catalog.Wanted{Partner: "PARIS", Name: "*"}, 7)
				if errors.Is(err, catalog.ErrStale) {
					continue
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					d.Errorf("a fetch failed: %v", err)
				}
				got[e.ID]++
				numbers[e.Number]++
				return
			}
		})
		if len(got) != racers || len(numbers) != racers {
			d.Fatalf("%d entries and %d numbers for %d fetches", len(got), len(numbers), racers)
		}
	}},
}

func (d *desk) together(f func()) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for range racers {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			f()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func (d *desk) oneWins(f func() error) {
	d.Helper()
	var won atomic.Int64
	d.together(func() {
		if err := f(); err == nil {
			won.Add(1)
		} else if !errors.Is(err, catalog.ErrStale) {
			d.Errorf("a loser got %v, want ErrStale", err)
		}
	})
	if won.Load() != 1 {
		d.Fatalf("%d callers won, want 1", won.Load())
	}
}
