package sqlite_test

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

// What the journal has may be in the database already, which cannot say so when that row of it is damaged.
func TestASalvageTakesNothingTwice(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "catalog.db"), filepath.Join(dir, "saved.db")
	c := open(t, path, fixed)
	transfers(t, c, 0, 9, "")
	both := receive("both", 100)
	both.Decisions = []catalog.Decision{{Point: "open", Exit: "a", Verdict: "pass"}, {Point: "open", Exit: "b", Verdict: "pass"}}
	e, err := c.Create(ctx, both)
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil { // the database has one row of what the journal has two of
		_, err = c.End(ctx, e.Lease(), catalog.Outcome{Decisions: []catalog.Decision{{Point: "verify", Exit: "c", Verdict: "pass"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	want, err := read(c)
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	sql(t, path, "DELETE FROM meta WHERE name LIKE 'journal%'")
	got, err := sqlite.Salvage(ctx, path, to, sqlite.Options{Now: fixed})
	if err != nil || got.Entries != 10 || got.Journal == 0 {
		t.Fatalf("salvage: %+v, %v", got, err)
	}
	saved := open(t, to, fixed)
	if have, err := read(saved); err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("%d entries and %d events of %d and %d, %v", len(have.Entries), len(have.Events), len(want.Entries), len(want.Events), err)
	}
	if d, _, err := saved.Decisions(ctx, "small00003"); err != nil || len(d) != 1 {
		t.Errorf("its decisions: %v, %v", d, err)
	}
	if d, _, err := saved.Decisions(ctx, "both"); err != nil || len(d) != 3 {
		t.Errorf("its decisions at two points: %v, %v", d, err)
	}
}

// The database may be as far behind its journal as it likes: a backup is not.
func TestABackupHasWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "catalog.db"), fixed)
	transfers(t, c, 0, 10, "")
	to := filepath.Join(dir, "backup.db")
	if err := c.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if b, err := sqlite.CheckBackup(t.Context(), to); err != nil || b.Entries != 10 {
		t.Errorf("the backup holds %+v, %v", b, err)
	}
	if err := c.Pages(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	transfers(t, c, 10, 100, "")
	if err := c.Backup(t.Context(), filepath.Join(dir, "another.db")); !sqlite.IsFull(err) {
		t.Errorf("without what has no room: %v", err)
	}
}

// Where damage has made two rows of one entry, one of them is lost, and nothing else.
func TestASalvageTakesAnEntryOnce(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "catalog.db"), filepath.Join(dir, "saved.db")
	c := open(t, path, fixed)
	transfers(t, c, 0, 10, "")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	sql(t, path, "UPDATE entry SET (body, crc) = (SELECT body, crc FROM entry WHERE id = 'small00003') WHERE id = 'small00005'")
	got, err := sqlite.Salvage(ctx, path, to, sqlite.Options{Now: fixed})
	if err != nil || got.Entries != 9 || got.Lost == 0 {
		t.Errorf("salvage: %+v, %v", got, err)
	}
}
