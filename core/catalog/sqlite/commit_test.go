package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

func receive(id string, number int64) catalog.Entry {
	return catalog.Entry{ID: id, Direction: catalog.Receive, Partner: "PARIS", Flow: "INVOICES", File: "F", Path: "in/F",
		Key: catalog.RestartKey{Name: "F", Number: number}}
}

// received takes a small file from its grant to its end, as a session does.
func received(c *sqlite.Catalog, in catalog.Entry, o catalog.Outcome) error {
	ctx := context.Background()
	e, err := c.Create(ctx, in)
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil {
		err = c.Ending(ctx, e.Lease(), o)
	}
	if err == nil {
		_, err = c.End(ctx, e.Lease(), o)
	}
	return err
}

// together runs f in n goroutines that start at once.
func together(n int, f func(i int)) {
	var done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		done.Go(func() { <-start; f(i) })
	}
	close(start)
	done.Wait()
}

func TestConcurrentCallersShareCommits(t *testing.T) {
	const callers, each = 64, 20
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), time.Now)
	ctx := context.Background()
	leases := make([]catalog.Lease, callers)
	for i := range callers {
		e, err := c.Create(ctx, receive(fmt.Sprintf("entry%d", i), int64(i+1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Begin(ctx, e.Lease()); err != nil {
			t.Fatal(err)
		}
		leases[i] = e.Lease()
	}
	before := c.Stats()
	together(callers, func(i int) {
		for n := range each {
			if err := c.Checkpoint(ctx, catalog.Checkpoint{Lease: leases[i], Point: catalog.Point{Number: int64(n + 1), FileOffset: int64(n)}}); err != nil {
				t.Errorf("checkpoint: %v", err)
			}
		}
	})
	after := c.Stats()
	calls, commits := after.Writes-before.Writes, after.Commits-before.Commits
	t.Logf("%d calls in %d commits", calls, commits)
	if calls != callers*each || commits > calls/8 {
		t.Errorf("%d calls took %d commits, want at most %d", calls, commits, calls/8)
	}
	for i := range callers {
		if e, err := c.Get(ctx, leases[i].ID); err != nil || e.Point.Number != each {
			t.Errorf("entry %d is at point %d, %v", i, e.Point.Number, err)
		}
	}
}

func TestOneCallOfManyCheckpointsIsOneCommit(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), time.Now)
	ctx := context.Background()
	var points []catalog.Checkpoint
	for i := range 100 {
		e, err := c.Create(ctx, receive(fmt.Sprintf("entry%d", i), int64(i+1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Begin(ctx, e.Lease()); err != nil {
			t.Fatal(err)
		}
		points = append(points, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1}})
	}
	if _, err := c.Get(ctx, "entry0"); err != nil { // which commits what was answered early
		t.Fatal(err)
	}
	before := c.Stats().Commits
	if err := c.Checkpoint(ctx, points...); err != nil {
		t.Fatal(err)
	}
	if n := c.Stats().Commits - before; n != 1 {
		t.Errorf("100 points took %d commits, want 1", n)
	}
}

func TestARefusedCallCommitsNothing(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), time.Now)
	before := c.Stats().Commits
	if _, err := c.Keep(context.Background(), "nobody", "root"); err == nil {
		t.Fatal("an entry that is not there was kept")
	}
	if n := c.Stats().Commits - before; n != 0 {
		t.Errorf("a refused call took %d commits", n)
	}
}

func TestWhatWasWrittenIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, time.Now)
	want, err := c.Create(context.Background(), receive("entry1", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Begin(context.Background(), want.Lease()); err == nil {
		t.Error("a closed catalog took a write")
	}
	got, err := open(t, path, time.Now).Get(context.Background(), "entry1")
	if err != nil || got.Key != want.Key || !got.CreatedAt.Equal(want.CreatedAt) {
		t.Errorf("after reopening: %+v, %v, want %+v", got, err, want)
	}
}

func TestTheFilesAreForTheOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	open(t, filepath.Join(dir, "catalog.db"), time.Now)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		seen[f.Name()] = true
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", f.Name(), info.Mode().Perm())
		}
	}
	for _, name := range []string{"catalog.db", "catalog.db-wal", "catalog.id"} {
		if !seen[name] {
			t.Errorf("%s is missing among %v", name, seen)
		}
	}
}

func BenchmarkCheckpoint(b *testing.B) {
	c, err := sqlite.Open(filepath.Join(b.TempDir(), "catalog.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	var n int64
	var mu sync.Mutex
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		n++
		id := n
		mu.Unlock()
		e, err := c.Create(ctx, receive(fmt.Sprintf("entry%d", id), id))
		if err != nil {
			b.Error(err)
			return
		}
		if err := c.Begin(ctx, e.Lease()); err != nil {
			b.Error(err)
			return
		}
		for pb.Next() {
			if err := c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1, Protocol: make([]byte, 100)}}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(c.Stats().Commits)/float64(b.N), "commits/op")
}
