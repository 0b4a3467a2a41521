package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

// A received file of one commit: what its grant has written is committed with what notes its end, and the end itself
// with whatever comes next.
func TestAReceivedFileWaitsForOneCommit(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), time.Now)
	transfer := func(id string, number int64) {
		if err := received(c, receive(id, number), catalog.Outcome{Bytes: 1}); err != nil {
			t.Fatal(err)
		}
	}
	before := c.Stats().Commits
	const files = 50
	for i := range files {
		transfer("entry"+string(rune('A'+i)), int64(i+1))
	}
	if n := c.Stats().Commits - before; n > files+files/2 { // a slow machine lets the lag pass now and then
		t.Errorf("%d files took %d commits", files, n)
	}
}

func TestWhatWasAnsweredBeforeItsCommitIsSeenByReaders(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), time.Now)
	ctx := context.Background()
	e, err := c.Create(ctx, receive("entry1", 1))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Get(ctx, e.ID); err != nil || got.ID != e.ID {
		t.Errorf("get: %v", err)
	}
	if e, err = c.Create(ctx, receive("entry2", 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Restartable(ctx, e.Key); err == nil {
		t.Error("a running entry can be restarted")
	}
	n := 0
	for range c.List(ctx, catalog.Filter{Status: catalog.Running}) {
		n++
	}
	if n != 2 {
		t.Errorf("%d entries run, want 2", n)
	}
}

func TestWhatWasAnsweredEarlyIsCommittedWithoutAnotherCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	committed := make(chan error, 100)
	c, err := sqlite.Open(path, sqlite.Options{Committed: func(_ time.Duration, err error) { committed <- err }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Create(context.Background(), receive("entry1", 1)); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-committed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it waits still")
	}
}

// The points of a transfer that began are worth more than its grant: once one is stored, the data had begun.
func TestAnEntryWithAPointHasBegunAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, time.Now)
	ctx := context.Background()
	e, err := c.Create(ctx, receive("entry1", 1))
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil {
		err = c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1, FileOffset: 10}})
	}
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	c = open(t, path, time.Now)
	if err := c.Abandon(ctx, e.Lease()); err == nil {
		t.Error("an entry with a point was abandoned")
	}
	if got, err := c.Get(ctx, e.ID); err != nil || !got.Begun || got.Point.Number != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
