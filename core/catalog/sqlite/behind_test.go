package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// A call that works on the database has what is known written there, and may change the same entry again in the same commit.
func TestWhatBelongsToAnEntryIsWrittenOnce(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), fixed)
	ctx := context.Background()
	in := receive("entry1", 7)
	in.Decisions = []catalog.Decision{{Point: "authorize", Exit: "grants", Verdict: "allow"}}
	e, err := c.Create(ctx, in)
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil {
		e, err = c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Notify: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	applied, err := c.Settle(ctx, catalog.NewEvent(e).ID, catalog.FollowUp{Action: catalog.Hold, Comment: "seen"})
	if err != nil {
		t.Fatalf("settle: %v, %v", applied, err)
	}
	if d, _, err := c.Decisions(ctx, e.ID); err != nil || len(d) != 1 {
		t.Errorf("decisions: %+v, %v", d, err)
	}
	if due, err := c.Due(ctx, 5); err != nil || len(due) > 0 {
		t.Errorf("events that are due: %v, %v", due, err)
	}
}

// What cannot be stored fails its own call, not the commit that it would share.
func TestAFileOfADistantYearIsRefusedAlone(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), fixed)
	ctx := context.Background()
	odd := receive("entry1", 7)
	odd.Source.ModTime = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := c.Create(ctx, odd); !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("create: %v", err)
	}
	odd.ID, odd.Direction = "entry2", catalog.Send
	if _, err := c.Offer(ctx, odd); !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("offer: %v", err)
	}
	if err := c.Note(ctx); err != nil {
		t.Errorf("the catalog: %v", err)
	}
	if _, err := c.Offer(ctx, catalog.Entry{ID: "offer1", Direction: catalog.Send, Partner: "P"}); err != nil {
		t.Errorf("another's offer: %v", err)
	}
}

// The last number that a partner was given is not forgotten with a call that fails.
func TestAFailedCallLeavesThePartnersNumbersAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, fixed)
	ctx := context.Background()
	one := receive("entry1", 0)
	one.Key.Number = 0
	e, err := c.Create(ctx, one)
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil {
		_, err = c.End(ctx, e.Lease(), catalog.Outcome{})
	}
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	c = open(t, path, fixed)
	if _, err := c.Create(ctx, one); !errors.Is(err, catalog.ErrExists) {
		t.Errorf("an id that is taken: %v", err)
	}
	one.ID = "entry2"
	if next, err := c.Create(ctx, one); err != nil || next.Number != e.Number+1 {
		t.Errorf("number %d after %d, %v", next.Number, e.Number, err)
	}
}
