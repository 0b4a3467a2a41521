// Package catalogtest holds what every implementation of the catalog must do:
// one test for each row of the transition table of the server role, and the
// races. It knows nothing of how entries are stored. The main call is Run.
package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// Open makes an empty catalog that reads its time from now.
type Open func(t *testing.T, now func() time.Time) catalog.Catalog

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	for _, group := range [][]row{sessionRows, restartRows, operatorRows, keepingRows, readingRows, decidingRows, browsingRows, raceRows} {
		for _, r := range group {
			t.Run(r.name, func(t *testing.T) { r.test(newDesk(t, open)) })
		}
	}
}

type row struct {
	name string
	test func(d *desk)
}

// desk is a catalog with a clock that the test moves, and short ways to bring
// entries into a state.
type desk struct {
	*testing.T
	catalog.Catalog
	ctx context.Context

	mu   sync.Mutex
	time time.Time
	ids  int
}

func newDesk(t *testing.T, open Open) *desk {
	d := &desk{T: t, ctx: context.Background(), time: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	d.Catalog = open(t, d.now)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the catalog: %v", err)
		}
	})
	return d
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.time
}

func (d *desk) passes(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.time = d.time.Add(by)
}

func (d *desk) newID() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids++
	return fmt.Sprintf("entry%06d", d.ids)
}

// must fails the test on an error and passes the value on.
func must[T any](d *desk) func(T, error) T {
	return func(v T, err error) T {
		d.Helper()
		if err != nil {
			d.Fatalf("unexpected error: %v", err)
		}
		return v
	}
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatalf("unexpected error: %v", err)
	}
}

func (d *desk) fails(err, want error) {
	d.Helper()
	if !errors.Is(err, want) {
		d.Fatalf("error is %v, want %v", err, want)
	}
}

func (d *desk) is(e catalog.Entry, stage catalog.Stage, step catalog.Step, code catalog.Code, status catalog.Status) {
	d.Helper()
	for _, x := range []catalog.Entry{e, must[catalog.Entry](d)(d.Get(d.ctx, e.ID))} {
		if x.Stage != stage || x.Step != step || x.Code != code || x.Status() != status {
			d.Fatalf("entry is %s/%s %q %s, want %s/%s %q %s", x.Stage, x.Step, x.Code, x.Status(), stage, step, code, status)
		}
	}
}

func (d *desk) gone(id string) {
	d.Helper()
	_, err := d.Get(d.ctx, id)
	d.fails(err, catalog.ErrNotFound)
}

// incoming is a file that PARIS sends under a name and a number.
func (d *desk) incoming(file string, number int64) catalog.Entry {
	return catalog.Entry{ID: d.newID(), Kind: catalog.File, Direction: catalog.Receive, Role: catalog.Server,
		Partner: "PARIS", Flow: "INVOICES", Protocol: "pesit", File: file, Path: "in/" + file, Part: ".part", Size: -1,
		Session: "s1", Peer: "127.0.0.1:4711", Attributes: map[string]string{"created": "260301"},
		Terms: sdk.Terms{sdk.NumberTerm("sync_window", 8)},
		Key:   catalog.RestartKey{Type: 7, Name: file, Number: number, Origin: "A", Destination: "B"}}
}

func (d *desk) receiving(file string, number int64) catalog.Entry {
	d.Helper()
	return d.begun(must[catalog.Entry](d)(d.Create(d.ctx, d.incoming(file, number))))
}

func (d *desk) begun(e catalog.Entry) catalog.Entry {
	d.Helper()
	d.ok(d.Begin(d.ctx, e.Lease()))
	return e
}

func (d *desk) offer(partner, flow, file string, priority int) catalog.Entry {
	d.Helper()
	return must[catalog.Entry](d)(d.Offer(d.ctx, catalog.Entry{ID: d.newID(), Partner: partner, Flow: flow, File: file,
		Direction: catalog.Send, Path: "out/" + file, Priority: priority, Size: 1000}))
}

func (d *desk) fetch(w catalog.Wanted, number int64) (catalog.Entry, error) {
	held, err := d.Held(d.ctx, w)
	if err != nil {
		return held, err
	}
	return d.Release(d.ctx, held, catalog.Grant{Protocol: "pesit", Session: "s2", Peer: "127.0.0.1:4712",
		Key: catalog.RestartKey{Name: w.Name, Number: number}, Decisions: []catalog.Decision{{Point: "authorize", Exit: "grants", Verdict: "allow"}}})
}

// sending is an offer that PARIS has fetched and whose data was begun.
func (d *desk) sending(file string) catalog.Entry {
	d.Helper()
	d.offer("PARIS", "STATEMENTS", file, 1)
	e := must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: file}, 0))
	d.ok(d.Begin(d.ctx, e.Lease()))
	return e
}

func (d *desk) interrupted(e catalog.Entry, code catalog.Code) catalog.Entry {
	d.Helper()
	return must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: code, Reason: "cut"}))
}

func (d *desk) ended(e catalog.Entry) catalog.Entry {
	d.Helper()
	return must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{Bytes: 1000, Records: 10, SHA256: "abc"}))
}

func point(n int64) catalog.Point {
	return catalog.Point{Number: n, WireOffset: n * 110, FileOffset: n * 100, Records: n * 2,
		Protocol: []byte{byte(n), 1}, Backend: []byte("upload"), Digest: []byte{9, byte(n)}, Filter: []byte{8, byte(n)}}
}

func ids(d *desk, f catalog.Filter) []string {
	d.Helper()
	out := []string{}
	for e, err := range d.List(d.ctx, f) {
		d.ok(err)
		out = append(out, e.ID)
	}
	return out
}
