package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/sdk"
)

var fixed = func() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }

// fill writes entries of many states.
func fill(t *testing.T, c *sqlite.Catalog, n int) {
	t.Helper()
	ctx := context.Background()
	for i := range n {
		in := receive(fmt.Sprintf("entry%04d", i), int64(i+1))
		in.Text = fmt.Sprintf("text %d of a file that a partner has sent", i)
		e, err := c.Create(ctx, in)
		if err == nil {
			err = c.Begin(ctx, e.Lease())
		}
		if err == nil && i%2 == 0 {
			err = c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 3, FileOffset: 300, Protocol: []byte("state")}})
		}
		switch {
		case err != nil:
		case i%3 == 0:
			_, err = c.End(ctx, e.Lease(), catalog.Outcome{Bytes: int64(i), Notify: i%2 == 0})
		case i%3 == 1:
			_, err = c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut})
		}
		if err == nil && i%4 == 0 {
			err = c.Refuse(ctx, catalog.Refusal{Phase: "file", Code: sdk.FlowUnknown, Partner: fmt.Sprint("P", i), Time: fixed()})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	on := true
	if err := c.SetPartner(ctx, catalog.PartnerOverride{Partner: "PARIS", Enabled: &on}); err != nil {
		t.Fatal(err)
	}
}

// content is everything that can be read.
type content struct {
	Entries   []catalog.Entry
	Refusals  []catalog.Refusal
	Events    []catalog.Event
	Overrides map[string]catalog.PartnerOverride
}

func read(c *sqlite.Catalog) (out content, err error) {
	ctx := context.Background()
	for e, err := range c.List(ctx, catalog.Filter{}) {
		if err != nil {
			return out, err
		}
		out.Entries = append(out.Entries, e)
	}
	for r, err := range c.Refused(ctx, catalog.RefusalFilter{}) {
		if err != nil {
			return out, err
		}
		out.Refusals = append(out.Refusals, r)
	}
	if out.Events, err = c.Due(ctx, 10000); err != nil {
		return out, err
	}
	out.Overrides, err = c.PartnerOverrides(ctx)
	return out, err
}

// filled makes a database in a folder and returns its bytes and its content.
func filled(t *testing.T, dir string, n int) ([]byte, content) {
	t.Helper()
	path := filepath.Join(dir, "catalog.db")
	c, err := sqlite.Open(path, sqlite.Options{Now: fixed})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, c, n)
	want, err := read(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b, want
}

// judge opens damaged bytes: an error that says what to do, or all the data.
func judge(t *testing.T, dir, what string, b []byte, want content) (refused bool) {
	t.Helper()
	path := filepath.Join(dir, "catalog.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	os.Remove(path + "-wal")
	os.Remove(path + "-shm")
	c, err := sqlite.Open(path, sqlite.Options{Now: fixed})
	if err != nil {
		var ce *catalog.CorruptError
		if !errors.As(err, &ce) || ce.Path == "" || ce.Do == "" {
			t.Errorf("%s: the error does not say what to do: %v", what, err)
		}
		return true
	}
	defer c.Close()
	if got, err := read(c); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: opened without a word, and %d of %d entries are there, %v", what, len(got.Entries), len(want.Entries), err)
	}
	return false
}

func TestADamagedDatabaseIsRefusedOrIntact(t *testing.T) {
	dir := t.TempDir()
	good, want := filled(t, dir, 60)
	if len(want.Entries) != 60 || len(want.Refusals) != 15 || len(want.Events) == 0 {
		t.Fatalf("the sample has %d entries, %d refusals, %d events", len(want.Entries), len(want.Refusals), len(want.Events))
	}
	refused, tried := 0, 0
	try := func(what string, b []byte) {
		tried++
		if judge(t, dir, what, b, want) {
			refused++
		}
	}
	for i := range 20 {
		try(fmt.Sprintf("truncated to %d of 20 parts", i), good[:len(good)*i/20])
	}
	for at := 0; at+4096 <= len(good); at += 4096 {
		b := append([]byte(nil), good...)
		clear(b[at : at+4096])
		try(fmt.Sprintf("page %d zeroed", at/4096+1), b)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 80 {
		b := append([]byte(nil), good...)
		at, bit := r.IntN(len(b)), r.IntN(8)
		b[at] ^= 1 << bit
		try(fmt.Sprintf("bit %d of byte %d flipped", bit, at), b)
	}
	if judge(t, dir, "the good one", good, want) {
		t.Error("the undamaged database was refused")
	}
	t.Logf("%d of %d damages were refused, the others touched nothing", refused, tried)
	if refused < tried/2 {
		t.Errorf("only %d of %d damages were seen", refused, tried)
	}
}

// crashed copies the files of an open catalog, as a cut of the power would
// leave them.
func crashed(t *testing.T) (dir string, wal []byte, want content) {
	t.Helper()
	from, to := t.TempDir(), t.TempDir()
	c := open(t, filepath.Join(from, "catalog.db"), fixed)
	fill(t, c, 10) // few enough for a log that was never reset: every frame counts, but for those of the last commit
	want, err := read(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"catalog.db", "catalog.db-wal", "catalog.db-redo", "catalog.id"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "catalog.db-wal" {
			wal = b
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to, wal, want
}

func TestALogDamagedInTheMiddleIsRefused(t *testing.T) {
	dir, wal, want := crashed(t)
	path := filepath.Join(dir, "catalog.db")
	main, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	attempt := func(log []byte) (content, error) {
		for name, b := range map[string][]byte{"": main, "-wal": log} {
			if err := os.WriteFile(path+name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		os.Remove(path + "-shm")
		c, err := sqlite.Open(path, sqlite.Options{Now: fixed})
		if err != nil {
			return content{}, err
		}
		defer c.Close()
		return read(c)
	}
	refused := 0
	for at := 5; at < len(wal)*8/10; at += len(wal) / 97 {
		b := append([]byte(nil), wal...)
		b[at] ^= 0x40
		got, err := attempt(b)
		if errors.Is(err, catalog.ErrCorrupt) {
			refused++
		} else if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("byte %d of %d flipped: %d of %d entries, %v", at, len(wal), len(got.Entries), len(want.Entries), err)
		}
	}
	if refused < 70 {
		t.Errorf("only %d of 78 damages were refused", refused)
	}
	torn, err := attempt(wal[:len(wal)-100])
	if err != nil || len(torn.Entries) != len(want.Entries) {
		t.Errorf("a torn last commit: %d of %d entries, %v", len(torn.Entries), len(want.Entries), err)
	}
	if got, err := attempt(wal); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the undamaged log: %d of %d entries, %v", len(got.Entries), len(want.Entries), err)
	}
}

func TestAnAbsentForeignOrNewerDatabaseIsNeverAnEmptyCatalog(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"the database is gone": func(t *testing.T, path string) { remove(t, path) },
		"the database is gone, only its log is there": func(t *testing.T, path string) {
			remove(t, path)
			remove(t, filepath.Join(filepath.Dir(path), "catalog.id"))
			write(t, path+"-wal", "log")
		},
		"the database is empty": func(t *testing.T, path string) { write(t, path, "") },
		"the database is a text": func(t *testing.T, path string) {
			write(t, path, "this is not a database, but it is long enough to be taken for one")
		},
		"it is another server's": func(t *testing.T, path string) {
			write(t, filepath.Join(filepath.Dir(path), "catalog.id"), "0123456789abcdef")
		},
		"it is another program's": func(t *testing.T, path string) {
			sql(t, path, "PRAGMA application_id=77")
		},
		"it is newer": func(t *testing.T, path string) {
			sql(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
		},
		"its tables are gone": func(t *testing.T, path string) {
			remove(t, path)
			sql(t, path, "PRAGMA user_version=1")
		},
		"an entry's search columns were changed by hand": func(t *testing.T, path string) {
			sql(t, path, "UPDATE entry SET partner='MILAN' WHERE id='entry0003'")
		},
		"a body was changed by hand": func(t *testing.T, path string) {
			sql(t, path, "UPDATE entry SET body=CAST(replace(CAST(body AS TEXT), 'PARIS', 'MILAN') AS BLOB) WHERE id='entry0003'")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "catalog.db")
			filled(t, dir, 5)
			spoil(t, path)
			c, err := sqlite.Open(path, sqlite.Options{Now: fixed})
			var ce *catalog.CorruptError
			if !errors.As(err, &ce) || ce.What == "" || ce.Do == "" {
				t.Fatalf("open: %v, want a CorruptError that says what to do", err)
			}
			if c != nil {
				t.Error("a catalog came with the error")
			}
			t.Log(err)
		})
	}
}

// A large database is not checked whole when it is opened, but what is counted of it is.
func TestARowThatCannotBeCountedIsDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	filled(t, dir, 5)
	strict := "PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql = %s WHERE name = 'entry'"
	sql(t, path, fmt.Sprintf(strict, "replace(sql, 'STRICT', '')"))
	sql(t, path, "UPDATE entry SET key_number = 'seven', holds = 1")
	sql(t, path, fmt.Sprintf(strict, "sql || ' STRICT'"))
	_, err := sqlite.Open(path, sqlite.Options{Now: fixed, CheckUpTo: -1})
	var ce *catalog.CorruptError
	if !errors.As(err, &ce) || ce.Do == "" {
		t.Errorf("open: %v, want a CorruptError that says what to do", err)
	}
}

func TestALostMarkerIsWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	_, want := filled(t, dir, 5)
	remove(t, filepath.Join(dir, "catalog.id"))
	if got, err := read(open(t, path, fixed)); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%d of %d entries, %v", len(got.Entries), len(want.Entries), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "catalog.id")); err != nil {
		t.Error(err)
	}
}

func TestSalvageSavesWhatIsWholeAndCountsTheRest(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	good, want := filled(t, dir, 200)
	byID := map[string]catalog.Entry{}
	for _, e := range want.Entries {
		byID[e.ID] = e
	}
	damaged := 0
	for page := 1; page < len(good)/4096; page += 7 { // page 0 holds the schema
		b := append([]byte(nil), good...)
		clear(b[page*4096 : page*4096+4096])
		write(t, path, string(b))
		to := filepath.Join(t.TempDir(), "saved.db")
		got, err := sqlite.Salvage(context.Background(), path, to, sqlite.Options{Now: fixed})
		if errors.Is(err, catalog.ErrCorrupt) {
			continue // the page of a table's schema or root: nothing can be read, and it is said
		}
		if err != nil {
			t.Fatalf("page %d: %v", page, err)
		}
		saved, err := read(open(t, to, fixed))
		if err != nil || len(saved.Entries) != got.Entries || len(saved.Refusals) != got.Refusals {
			t.Fatalf("page %d: %d entries can be read of %+v, %v", page, len(saved.Entries), got, err)
		}
		for _, e := range saved.Entries {
			if was := byID[e.ID]; !reflect.DeepEqual(e, was) && e.Point.Number == was.Point.Number {
				t.Errorf("page %d: %s was saved as\n%+v\nand was\n%+v", page, e.ID, e, was)
			}
		}
		if missing := len(want.Entries) - len(saved.Entries); missing > 0 {
			damaged++
			if missing > got.Lost && !got.LostPages {
				t.Errorf("page %d: %d entries are missing without a word: %+v", page, missing, got)
			}
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(b) {
			t.Errorf("page %d: the damaged file was changed, %v", page, err)
		}
	}
	if damaged == 0 {
		t.Error("no damage hit an entry: the test proves nothing")
	}
}

// A file system that lost the end of the file.
func TestSalvageOfATornDatabaseSavesWhatIsLeft(t *testing.T) {
	dir := t.TempDir()
	_, want := filled(t, dir, 300)
	path := filepath.Join(dir, "catalog.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tenths := range []int{9, 7, 5} {
		write(t, path, string(whole[:len(whole)*tenths/10]))
		to := filepath.Join(t.TempDir(), "saved.db")
		got, err := sqlite.Salvage(context.Background(), path, to, sqlite.Options{Now: fixed})
		if err != nil {
			t.Fatalf("%d tenths are left: %v", tenths, err)
		}
		if got.Entries == 0 || !got.LostPages && got.Entries+got.Lost < len(want.Entries) {
			t.Errorf("%d tenths are left of %d entries, salvage says %+v", tenths, len(want.Entries), got)
		}
		if saved, err := read(open(t, to, fixed)); err != nil || len(saved.Entries) != got.Entries {
			t.Errorf("%d tenths are left: %d entries can be read of %+v, %v", tenths, len(saved.Entries), got, err)
		}
	}
}

// The pages that say which tables there are stand at the beginning, where a torn write is most likely.
func TestSalvageReadsADatabaseWhoseDefinitionsAreGone(t *testing.T) {
	dir := t.TempDir()
	_, want := filled(t, dir, 300)
	path := filepath.Join(dir, "catalog.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b := append([]byte(nil), whole...)
	for i := range b[:4096] {
		b[i] = 0xa5
	}
	write(t, path, string(b))
	to := filepath.Join(t.TempDir(), "saved.db")
	got, err := sqlite.Salvage(context.Background(), path, to, sqlite.Options{Now: fixed})
	if err != nil || got.Entries != len(want.Entries) || got.Refusals != len(want.Refusals) {
		t.Fatalf("salvaged %+v of %d entries and %d refusals, %v", got, len(want.Entries), len(want.Refusals), err)
	}
	if saved, err := read(open(t, to, fixed)); err != nil || !reflect.DeepEqual(saved, want) {
		t.Errorf("what was saved differs, %v", err)
	}
}

// Definitions of our own on somebody else's bytes find nothing, and nothing is said to be saved.
func TestSalvageOfWhatIsNoCatalogAtAllIsRefused(t *testing.T) {
	for _, size := range []int{5, 4096, 300_000} {
		path := filepath.Join(t.TempDir(), "catalog.db")
		write(t, path, strings.Repeat("x", size))
		got, err := sqlite.Salvage(context.Background(), path, filepath.Join(t.TempDir(), "saved.db"), sqlite.Options{Now: fixed})
		if !errors.Is(err, catalog.ErrCorrupt) {
			t.Errorf("%d bytes: salvaged %+v, %v", size, got, err)
		}
	}
}

func TestSalvageOfAWholeDatabaseLosesNothing(t *testing.T) {
	dir := t.TempDir()
	_, want := filled(t, dir, 50)
	to := filepath.Join(dir, "saved.db")
	got, err := sqlite.Salvage(context.Background(), filepath.Join(dir, "catalog.db"), to, sqlite.Options{Now: fixed})
	if err != nil || got.Lost != 0 || got.LostPages || got.Entries != 50 {
		t.Fatalf("salvaged %+v, %v", got, err)
	}
	if saved, err := read(open(t, to, fixed)); err != nil || !reflect.DeepEqual(saved, want) {
		t.Errorf("what was saved differs, %v", err)
	}
	if _, err := sqlite.Salvage(context.Background(), filepath.Join(dir, "catalog.db"), to, sqlite.Options{}); err == nil {
		t.Error("salvage wrote over a database")
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
