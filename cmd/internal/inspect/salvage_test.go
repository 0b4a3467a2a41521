package inspect_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

// damagedHouse has a catalog of many entries whose last third was overwritten.
func damagedHouse(t *testing.T, entries int) string {
	t.Helper()
	h := &house{T: t, dir: t.TempDir(), now: time.Now()}
	var err error
	h.catalog, err = sqlite.Open(filepath.Join(h.dir, inspect.DatabaseName), sqlite.Options{})
	h.must(err)
	for range entries {
		h.offered("out/a")
	}
	h.must(h.catalog.Close())
	f, err := os.OpenFile(filepath.Join(h.dir, inspect.DatabaseName), os.O_RDWR, 0)
	h.must(err)
	info, err := f.Stat()
	h.must(err)
	noise := make([]byte, 3*4096)
	for i := range noise {
		noise[i] = 0xa5
	}
	_, err = f.WriteAt(noise, info.Size()/2/4096*4096)
	h.must(errors.Join(err, f.Close()))
	return h.dir
}

func database(dir string) string { return filepath.Join(dir, inspect.DatabaseName) }

func TestADamagedCatalogIsSalvagedAndKept(t *testing.T) {
	dir := damagedHouse(t, 300)
	if _, err := sqlite.Open(database(dir), sqlite.Options{}); !errors.Is(err, catalog.ErrCorrupt) {
		t.Fatalf("the damaged catalog opens with %v", err)
	}
	got, err := inspect.Salvage(ctx, dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got.Entries == 0 || got.Entries >= 300 {
		t.Errorf("saved %d of 300 entries, want some", got.Entries)
	}
	if _, err := os.Stat(filepath.Join(got.Damaged, inspect.DatabaseName)); err != nil {
		t.Errorf("the damaged catalog was not kept: %v", err)
	}
	c, err := sqlite.Open(database(dir), sqlite.Options{})
	if err != nil {
		t.Fatalf("the salvaged catalog does not open: %v", err)
	}
	defer c.Close()
	n := 0
	for _, err := range c.List(ctx, catalog.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != got.Entries {
		t.Errorf("the salvaged catalog has %d entries, %d were saved", n, got.Entries)
	}
}

// Nothing can be read. What the attempt made must not become the catalog once the damaged one is moved away.
func TestASalvageThatFailsLeavesNoCatalog(t *testing.T) {
	dir := damagedHouse(t, 10)
	if err := os.WriteFile(database(dir), []byte("no database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.Salvage(ctx, dir, time.Now()); !errors.Is(err, catalog.ErrCorrupt) {
		t.Fatalf("salvage says %v, want that the catalog is damaged", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "catalog-*")); len(left) > 0 {
		t.Errorf("the failed salvage left %v", left)
	}
	if err := os.Remove(database(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.Salvage(ctx, dir, time.Now()); err == nil {
		t.Error("a second salvage went well without a catalog")
	}
	if c, err := sqlite.Open(database(dir), sqlite.Options{}); !errors.Is(err, catalog.ErrCorrupt) {
		t.Errorf("the catalog opens with %v", err)
		if err == nil {
			c.Close()
		}
	}
}

// Killed while it reads: what is there of the new catalog is neither whole nor vouched for.
func TestASalvageKilledWhileItReadsIsNotTakenForAWholeOne(t *testing.T) {
	dir := damagedHouse(t, 300)
	half, err := sqlite.Open(filepath.Join(dir, "catalog-salvaging.db"), sqlite.Options{})
	if err == nil {
		err = half.Close()
	}
	if err == nil {
		err = os.Rename(database(dir), filepath.Join(dir, "kept"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.Salvage(ctx, dir, time.Now()); err == nil {
		t.Error("half a salvage was finished without the damaged catalog")
	}
	if err := os.Rename(filepath.Join(dir, "kept"), database(dir)); err != nil {
		t.Fatal(err)
	}
	if got, err := inspect.Salvage(ctx, dir, time.Now()); err != nil || got.Entries == 0 {
		t.Errorf("salvage after the kill: %+v, %v", got, err)
	}
}

func TestAWholeCatalogIsLeftAlone(t *testing.T) {
	h := newHouse(t)
	h.offered("out/a")
	h.must(h.catalog.Close())
	before, err := os.ReadFile(database(h.dir))
	h.must(err)
	if _, err := inspect.Salvage(ctx, h.dir, h.now); !errors.Is(err, inspect.ErrWhole) {
		t.Errorf("salvage says %v, want ErrWhole", err)
	}
	if after, err := os.ReadFile(database(h.dir)); err != nil || string(after) != string(before) {
		t.Errorf("the catalog was changed (%v)", err)
	}
}

// The salvage is cut between its renames. Until the next salvage the catalog must not open: an empty one would be worse
// than none.
func TestASalvageCutAnywhereIsFinishedByTheNext(t *testing.T) {
	for _, cut := range []struct {
		name string
		undo [][2]string // renames that had not happened yet, back from the end
	}{
		{"before the marker", [][2]string{{inspect.MarkerName, "catalog-salvaged.id"}}},
		{"before the database", [][2]string{{inspect.MarkerName, "catalog-salvaged.id"}, {inspect.DatabaseName, "catalog-salvaged.db"}}},
	} {
		t.Run(cut.name, func(t *testing.T) {
			dir := damagedHouse(t, 300)
			old, err := os.ReadFile(filepath.Join(dir, inspect.MarkerName))
			if err != nil {
				t.Fatal(err)
			}
			first, err := inspect.Salvage(ctx, dir, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range cut.undo {
				if err := os.Rename(filepath.Join(dir, r[0]), filepath.Join(dir, r[1])); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, inspect.MarkerName), old, 0o600); err != nil {
				t.Fatal(err)
			}
			if len(cut.undo) > 1 { // and before the log had followed the damaged database
				if err := os.WriteFile(database(dir)+"-wal", []byte("left"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := sqlite.Open(database(dir), sqlite.Options{}); !errors.Is(err, catalog.ErrCorrupt) {
				t.Fatalf("between two renames the catalog opens with %v", err)
			}
			if _, err := inspect.Salvage(ctx, dir, time.Now()); err != nil {
				t.Fatalf("finish the salvage: %v", err)
			}
			if b, err := os.ReadFile(filepath.Join(first.Damaged, inspect.DatabaseName+"-wal")); len(cut.undo) > 1 && string(b) != "left" {
				t.Errorf("the damaged database's log was left beside the new one: %q, %v", b, err)
			}
			c, err := sqlite.Open(database(dir), sqlite.Options{})
			if err != nil {
				t.Fatalf("after the second salvage: %v", err)
			}
			defer c.Close()
			if r, err := c.Check(ctx); err != nil || r.Entries != first.Entries {
				t.Errorf("%d entries (%v), want the %d that were saved", r.Entries, err, first.Entries)
			}
		})
	}
}
