package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/sdk"
)

// transfers runs n small files to their ends, each durably.
func transfers(t *testing.T, c *sqlite.Catalog, from, n int, text string) {
	t.Helper()
	ctx := context.Background()
	for i := from; i < from+n; i++ {
		in := receive(fmt.Sprintf("small%05d", i), int64(i+1))
		in.Text = text
		in.Decisions = []catalog.Decision{{Point: "authorize", Exit: "grants", Verdict: "allow"}}
		if err := received(c, in, catalog.Outcome{Bytes: int64(i), Notify: i%3 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Note(ctx); err != nil {
		t.Fatal(err)
	}
}

// killed copies the files of an open catalog with ten transfers that its journal alone has.
func killed(t *testing.T) (path string, want content) {
	t.Helper()
	from, to := t.TempDir(), t.TempDir()
	c := open(t, filepath.Join(from, "catalog.db"), fixed)
	fill(t, c, 10)
	transfers(t, c, 0, 10, "")
	if c.Behind(context.Background()) == 0 {
		t.Skip("so slow that the database has been brought up to date already")
	}
	for _, name := range []string{"catalog.db-redo", "catalog.db", "catalog.db-wal", "catalog.id"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want, err := read(c)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(to, "catalog.db"), want
}

func TestWhatTheJournalAloneHasIsThereAfterAKill(t *testing.T) {
	path, want := killed(t)
	c := open(t, path, fixed)
	if got, err := read(c); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%d entries and %d events of %d and %d, %v", len(got.Entries), len(got.Events), len(want.Entries), len(want.Events), err)
	}
	if d, _, err := c.Decisions(context.Background(), "small00003"); err != nil || len(d) != 1 {
		t.Errorf("its decisions: %v, %v", d, err)
	}
	if r, err := c.Check(context.Background()); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v, %v", r.Problems, err)
	}
}

func TestAJournalThatIsMissingDamagedOrAnothersIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"another's": func(path string) error {
			other := filepath.Join(filepath.Dir(path), "other.db")
			c, err := sqlite.Open(other, sqlite.Options{})
			if err == nil {
				err = c.Close()
			}
			return errors.Join(err, os.Rename(other+"-redo", path))
		},
		"damaged in the middle": func(path string) error {
			b, err := os.ReadFile(path)
			b[700] ^= 1
			return errors.Join(err, os.WriteFile(path, b, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, want := killed(t)
			if err := spoil(path + "-redo"); err != nil {
				t.Fatal(err)
			}
			_, err := sqlite.Open(path, sqlite.Options{Now: fixed})
			var ce *catalog.CorruptError
			if !errors.As(err, &ce) || ce.Do == "" || !strings.Contains(err.Error(), "-redo") {
				t.Fatalf("open: %v", err)
			}
			to := filepath.Join(t.TempDir(), "catalog.db")
			got, err := sqlite.Salvage(context.Background(), path, to, sqlite.Options{Now: fixed})
			if err != nil || got.Entries < 10 || name == "damaged in the middle" && got.Journal == 0 {
				t.Fatalf("salvage: %+v, %v", got, err)
			}
			saved, err := read(open(t, to, fixed))
			if err != nil || len(saved.Entries) < 10 || len(saved.Entries) > len(want.Entries) {
				t.Errorf("%d of %d entries were saved, %v", len(saved.Entries), len(want.Entries), err)
			}
		})
	}
}

func TestASalvageTakesWhatTheJournalHas(t *testing.T) {
	path, want := killed(t)
	to := filepath.Join(t.TempDir(), "catalog.db")
	got, err := sqlite.Salvage(context.Background(), path, to, sqlite.Options{Now: fixed})
	if err != nil || got.Journal == 0 || got.Lost != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if saved, err := read(open(t, to, fixed)); err != nil || !reflect.DeepEqual(saved.Entries, want.Entries) {
		t.Errorf("%d of %d entries were saved, %v", len(saved.Entries), len(want.Entries), err)
	}
}

// The journal has room for a while; then the database takes what it has, and what has no room in it at all.
func TestMoreThanTheJournalHoldsGoesToTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, fixed)
	transfers(t, c, 0, 100, strings.Repeat("x", 20_000))
	if n := c.Behind(context.Background()); n >= 90 {
		t.Errorf("the database is %d entries behind", n)
	}
	transfers(t, c, 100, 1, strings.Repeat("x", 3_000_000))
	transfers(t, c, 101, 600, "")
	if n := c.Behind(context.Background()); n > 300 {
		t.Errorf("the database is %d entries behind", n)
	}
	n := 0
	for e, err := range c.List(context.Background(), catalog.Filter{}) {
		if n++; err != nil || e.Status() == catalog.Running {
			t.Fatal(e.ID, e.Status(), err)
		}
	}
	if n != 701 {
		t.Errorf("%d entries, want 701", n)
	}
}

// What is asked for while the database does not have it yet is answered from what is known.
func TestWhatTheDatabaseDoesNotHaveYetIsFound(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), fixed)
	ctx := context.Background()
	e, err := c.Create(ctx, receive("entry1", 7))
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil {
		err = c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 2, FileOffset: 200}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Restartable(ctx, e.Key); !errors.Is(err, catalog.ErrBusy) {
		t.Errorf("while it runs: %v", err)
	}
	if _, err := c.Create(ctx, receive("entry1", 8)); !errors.Is(err, catalog.ErrExists) {
		t.Errorf("an id that is taken: %v", err)
	}
	another := receive("entry2", 7)
	another.Key.Name = "G"
	if other, err := c.Create(ctx, another); err != nil || other.Number == e.Number {
		t.Errorf("a number that is held was given again: %d, %v", other.Number, err)
	}
	if e, err = c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Restartable(ctx, e.Key); err != nil || got.ID != "entry1" || got.Point.Number != 2 {
		t.Errorf("once it is interrupted: %s at %d, %v", got.ID, got.Point.Number, err)
	}
	offered, err := c.Offer(ctx, catalog.Entry{ID: "offer1", Direction: catalog.Send, Partner: "P", Flow: "F", File: "F"})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := c.Release(ctx, offered, catalog.Grant{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Held(ctx, catalog.Wanted{Partner: "P", Name: "*"}); !errors.Is(err, catalog.ErrNone) {
		t.Errorf("it is offered twice: %s, %v", got.ID, err)
	}
	if err := c.Abandon(ctx, taken.Lease()); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Held(ctx, catalog.Wanted{Partner: "P", Name: "*"}); err != nil || got.ID != "offer1" {
		t.Errorf("given back: %s, %v", got.ID, err)
	}
}

// An entry that ended and is changed again while its end is in the database's open transaction bears each of its rows once.
func TestAnEventIsQueuedOnceAndADecisionKeptOnce(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), fixed)
	ctx := context.Background()
	for round := range 10 {
		first := round * 40
		transfers(t, c, first, 40, "")
		events, err := c.Due(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		together(len(events), func(i int) {
			if _, err := c.Settle(ctx, events[i].ID, catalog.FollowUp{}); err != nil {
				t.Errorf("settle: %v", err)
			}
			again := receive(fmt.Sprintf("again%02d-%05d", round, i), int64(100_000*(round+1)+i))
			again.Decisions = []catalog.Decision{{Point: "authorize", Exit: "grants", Verdict: "allow"}}
			e, err := c.Create(ctx, again)
			if err == nil {
				err = c.Begin(ctx, e.Lease())
			}
			if err == nil {
				_, err = c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Notify: true})
			}
			if err == nil { // while others' calls have the database's transaction open
				_, err = c.Keep(ctx, e.ID, "root")
			}
			if err != nil {
				t.Errorf("keep: %v", err)
			}
		})
	}
	if events, err := c.Due(ctx, 10_000); err != nil || len(events) == 0 {
		t.Errorf("%d events, %v", len(events), err)
	}
	for e, err := range c.List(ctx, catalog.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if e.Status() == catalog.Kept {
			want = 2 // the operator's
		}
		if d, _, err := c.Decisions(ctx, e.ID); err != nil || len(d) != want {
			t.Fatalf("%s has %d decisions, want %d, %v: %v", e.ID, len(d), want, err, d)
		}
	}
}
