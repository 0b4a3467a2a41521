package sqlite_test

import (
	"context"
	stdsql "database/sql"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/postern/postern/core/catalog"
)

// A file of which the database hears only when it is over, and without a point, needs no row of its points; one of which it
// has heard before has one, and that is brought up to date.
func TestOnlyPointsThatThereAreHaveARow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, fixed)
	ctx := context.Background()
	in := receive("entry1", 1)
	in.Point.Backend = []byte("part 1")
	if err := received(c, in, catalog.Outcome{Bytes: 1}); err != nil {
		t.Fatal(err)
	}
	in = receive("entry2", 2)
	in.Point.Backend = []byte("part 2")
	e, err := c.Create(ctx, in)
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err != nil {
		t.Fatal(err)
	}
	if e, err = c.Get(ctx, e.ID); err != nil || string(e.Point.Backend) != "part 2" { // a reader: the database hears of it
		t.Fatalf("the state of its part is %q, %v", e.Point.Backend, err)
	}
	if _, err := c.End(ctx, e.Lease(), catalog.Outcome{Bytes: 1}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := stdsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := db.QueryRow(`SELECT count(*) FROM progress`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows of points, want that of entry2 alone, %v", rows, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, path, fixed)
	for _, id := range []string{"entry1", "entry2"} {
		if e, err := c.Get(ctx, id); err != nil || e.Status() != catalog.Done || !reflect.DeepEqual(e.Point, catalog.Point{}) {
			t.Errorf("%s is %s with the point %+v, %v", id, e.Status(), e.Point, err)
		}
	}
}
