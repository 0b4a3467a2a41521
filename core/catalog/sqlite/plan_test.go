package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
)

// Every query that a call waits for must be answered from an index, however
// many entries there are.
func TestNoQueryWalksTheWholeTable(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "catalog.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	queries := map[string]string{
		"held":       selectEntry + `WHERE e.partner = ? AND e.status = 'available' AND (e.priority, e.seq) > (?, ?) ORDER BY e.priority, e.seq LIMIT ?`,
		"restart":    newestOfKey,
		"id":         selectEntry + `WHERE e.id = ?`,
		"prefix":     selectEntry + `WHERE e.id >= ? AND e.id < ? ORDER BY e.id LIMIT 2`,
		"running":    selectEntry + `WHERE e.status = 'running' ORDER BY e.seq LIMIT ?`,
		"number":     `SELECT count(*) FROM entry WHERE partner = ? AND number = ? AND holds = 1`,
		"superseded": selectEntry + `WHERE e.superseded_by = ? AND e.superseded_by <> ''`,
		"holding":    holding,
		"unheld":     unheld,
		"newest":     `SELECT coalesce(max(id), '') FROM entry`,
		"shown":      shownAfter,
		"shown name": shownNamed,
		"due":        selectEvent + `WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, seq LIMIT ?`,
		"equal":      selectRefusal + `WHERE print = ? AND time > ? AND time <= ? ORDER BY seq DESC LIMIT ?`,
	}
	for name, f := range map[string]catalog.Filter{"partner": {Partner: "P"}, "flow": {Flow: "F"}, "status": {Status: catalog.Kept},
		"all": {}, "since": {Since: time.Now()}, "until": {Until: time.Now()}} {
		w := filterTerms(f)
		w.add(true, "e.seq > ?", 0)
		queries["list by "+name] = selectEntry + w.String() + "ORDER BY e.seq LIMIT ?"
	}
	for i, class := range ageClasses(catalog.Retention{DoneByFlow: map[string]time.Duration{"F": 1}}) {
		queries[fmt.Sprint("purge ", i)] = selectEntry + "WHERE " + class.term + " AND e.updated_at < ? ORDER BY e.updated_at LIMIT ?"
	}
	for name, query := range queries {
		for _, line := range plan(t, c, query) {
			whole := strings.HasPrefix(line, "SCAN") && !strings.Contains(line, "INDEX")
			sorted := strings.Contains(line, "TEMP B-TREE") && name != "equal"
			if whole || sorted {
				t.Errorf("%s: %s\n%s", name, line, query)
			}
		}
	}
}

func plan(t *testing.T, c *Catalog, query string) (lines []string) {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = 1
	}
	rows, err := c.reads.query(context.Background(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var a, b, n int
		var line string
		if err := rows.Scan(&a, &b, &n, &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}
