package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/postern/postern/core/catalog"
)

func TestWhatIsLoadedIsWhatWasReadElsewhere(t *testing.T) {
	ctx := context.Background()
	from := open(t, filepath.Join(t.TempDir(), "catalog.db"), fixed)
	fill(t, from, 30)
	want, err := read(from)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "catalog.db")
	to := open(t, path, fixed)
	before := to.Stats().Commits
	if err := to.Load(ctx, want.Entries...); err != nil {
		t.Fatal(err)
	}
	if n := to.Stats().Commits - before; n != 1 {
		t.Errorf("30 entries took %d commits, want 1", n)
	}
	if err := to.Load(ctx, receive("another", 77), want.Entries[3]); !errors.Is(err, catalog.ErrExists) {
		t.Errorf("an entry was loaded twice: %v", err)
	}
	got, err := read(to)
	if err != nil {
		t.Fatal(err)
	}
	sameEntries(t, got.Entries, want.Entries)
	if r, err := to.Check(ctx); err != nil || len(r.Problems) > 0 {
		t.Errorf("check says %v, %v", r.Problems, err)
	}
}

func sameEntries(t *testing.T, got, want []catalog.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range want {
		got[i].Decided, want[i].Decided = 0, 0 // counted anew
		if got[i].ID != want[i].ID || got[i].Status() != want[i].Status() || got[i].Point.Number != want[i].Point.Number || !got[i].UpdatedAt.Equal(want[i].UpdatedAt) {
			t.Errorf("entry %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}
