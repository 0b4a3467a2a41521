package sqlite_test

import (
	"context"
	dbsql "database/sql"
	"encoding/json"
	"hash/crc32"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
)

func TestDecisionsThatStandInAnEntryAreReadAndMovedByItsNextTransition(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, time.Now)
	ctx := context.Background()
	e := receive("entry1", 1)
	e.Decisions = []catalog.Decision{{Point: "identify", Exit: "x", Verdict: "allow"}}
	e, err := c.Create(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	asBefore(t, path)

	c = open(t, path, time.Now)
	points := func() (out []string) {
		kept, more, err := c.Decisions(ctx, e.ID)
		if err != nil || more != 0 {
			t.Fatalf("%d more, %v", more, err)
		}
		for _, d := range kept {
			out = append(out, d.Point)
		}
		return out
	}
	if got := points(); len(got) != 1 || got[0] != "identify" {
		t.Errorf("before: %v", got)
	}
	if err := c.Begin(ctx, e.Lease()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: "data.io",
		Decisions: []catalog.Decision{{Point: "interrupt", Exit: "x", Verdict: "pass"}}}); err != nil {
		t.Fatal(err)
	}
	if got := points(); len(got) != 2 || got[0] != "identify" || got[1] != "interrupt" {
		t.Errorf("after: %v", got)
	}
}

// asBefore brings the decisions into the entry's body, where they stood before they had a table.
func asBefore(t *testing.T, path string) {
	db, err := dbsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var b []byte
	if err := db.QueryRow("SELECT body FROM entry").Scan(&b); err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(b, &body); err != nil {
		t.Fatal(err)
	}
	delete(body, "decided")
	body["decisions"] = []catalog.Decision{{Point: "identify", Exit: "x", Verdict: "allow"}}
	if b, err = json.Marshal(body); err != nil {
		t.Fatal(err)
	}
	crc := int64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	if _, err := db.Exec("UPDATE entry SET body = ?, crc = ?", b, crc); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("DELETE FROM decision"); err != nil {
		t.Fatal(err)
	}
}

func TestDecisionsOfASmallFileAreOneRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, time.Now)
	ctx := context.Background()
	said := func(point string, exits ...string) (all []catalog.Decision) {
		for _, x := range exits {
			all = append(all, catalog.Decision{Point: point, Exit: x, Verdict: "pass", Detail: `],"decisions":[{`})
		}
		return all
	}
	e := receive("entry1", 1)
	e.Decisions = said("open", "a", "b")
	e, err := c.Create(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Begin(ctx, e.Lease()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.End(ctx, e.Lease(), catalog.Outcome{Decisions: said("verify", "c", "d", "e")}); err != nil {
		t.Fatal(err)
	}
	got, more, err := c.Decisions(ctx, e.ID)
	if err != nil || more != 0 {
		t.Fatalf("%d more, %v", more, err)
	}
	var exits string
	for _, d := range got {
		exits += d.Exit
	}
	if exits != "abcde" || got[4].Point != "verify" || got[4].Detail != `],"decisions":[{` {
		t.Errorf("the decisions are %+v", got)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := dbsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM decision").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestDecisionsOfAGrantThatIsTakenBackStayApart(t *testing.T) {
	for name, read := range map[string]bool{"written before": true, "written afterwards": false} {
		t.Run(name, func(t *testing.T) { takenBack(t, read) })
	}
}

// takenBack gives a grant back. read: somebody reads before, so the database has all of it by then.
func takenBack(t *testing.T, read bool) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), time.Now)
	ctx := context.Background()
	said := func(point, exit string) []catalog.Decision {
		return []catalog.Decision{{Point: point, Exit: exit, Verdict: "pass"}}
	}
	e := receive("entry1", 1)
	e.Decisions = said("open", "first")
	e, err := c.Create(ctx, e)
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil {
		e, err = c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: "data.io", Decisions: said("interrupt", "second")})
	}
	if err == nil {
		e, err = c.Restart(ctx, e, catalog.Grant{Decisions: said("open", "third")})
	}
	if err != nil {
		t.Fatal(err)
	}
	exits := func() (all string) {
		got, _, err := c.Decisions(ctx, e.ID) // whoever reads has everything written first
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range got {
			all += d.Exit + " "
		}
		return all
	}
	if read {
		if got := exits(); got != "first second third " {
			t.Errorf("granted: %s", got)
		}
	}
	if err := c.Abandon(ctx, e.Lease()); err != nil {
		t.Fatal(err)
	}
	if got := exits(); got != "first second " {
		t.Errorf("taken back: %s", got)
	}
}
