package sqlite

import (
	"context"
	"database/sql"
	"hash/maphash"
	"iter"
	"slices"

	"github.com/postern/postern/core/catalog"
)

// A new entry mostly meets nothing: no twin, no number that is taken, no upload
// whose place it takes. The writer knows that without asking the database, and
// without looking at all entries of which the database does not know yet.

// facet is something by which entries are looked for.
type facet struct {
	kind                byte
	partner, flow, name string
	number              int64
}

const (
	facetNumber    = 'n' // the partner's number that an entry holds
	facetKey       = 'k' // name and number of a file's restart key
	facetShown     = 's' // the name under which a partner sees it
	facetAvailable = 'a' // it waits for its partner
	facetLost      = 'l' // the entry that has taken its key
)

func numberFacet(partner string, number int64) facet {
	return facet{kind: facetNumber, partner: partner, number: number}
}

func keyFacet(partner string, k catalog.RestartKey) facet {
	return facet{kind: facetKey, partner: partner, name: k.Name, number: k.Number}
}

func shownFacet(partner, flow, name string) facet {
	return facet{kind: facetShown, partner: partner, flow: flow, name: name}
}

// lostFacet is that of a twin. Its key says nothing: either of both may have been renamed since.
func lostFacet(to string) facet { return facet{kind: facetLost, name: to} }

func availableFacet(partner string) facet { return facet{kind: facetAvailable, partner: partner} }

// facets yields those of an entry.
func facets(e *catalog.Entry) iter.Seq[facet] {
	return func(yield func(facet) bool) {
		if e.Holds() && !yield(numberFacet(e.Partner, e.Number)) {
			return
		}
		if e.Kind == catalog.File && !yield(keyFacet(e.Partner, e.Key)) {
			return
		}
		if name := e.ShownAs(); name != "" && !yield(shownFacet(e.Partner, e.Flow, name)) {
			return
		}
		if e.Superseded != "" && !yield(lostFacet(e.Superseded)) {
			return
		}
		if e.Status() == catalog.Available {
			yield(availableFacet(e.Partner))
		}
	}
}

// index finds entries by their facets.
type index map[facet][]*known

func (x index) add(k *known) {
	for f := range facets(&k.Entry) {
		x[f] = append(x[f], k)
	}
}

func (x index) remove(k *known) {
	for f := range facets(&k.Entry) {
		left := x[f]
		i := slices.Index(left, k)
		if len(left) == 1 && i == 0 {
			delete(x, f)
			continue
		}
		if i >= 0 {
			x[f] = slices.Delete(left, i, i+1)
		}
	}
}

// census counts what the rows of the database hold: numbers, and the keys of
// unfinished files. What it does not count is not there; a count may be too
// high, never too low.
type census struct {
	seed   maphash.Seed
	rows   map[uint64]int32 // by the hash of a facet
	newest string           // no row has a greater id
}

func newCensus() census { return census{seed: maphash.MakeSeed(), rows: map[uint64]int32{}} }

// row is what a row of the database adds to the census: hashes of facets, or 0.
type row struct{ number, key uint64 }

func (c *census) row(e *catalog.Entry) (r row) {
	if e.Holds() {
		r.number = c.hash(numberFacet(e.Partner, e.Number))
	}
	if unfinished(e) {
		r.key = c.hash(keyFacet(e.Partner, e.Key))
	}
	return r
}

// unfinished says whether a new file may take the key of an entry.
func unfinished(e *catalog.Entry) bool {
	return e.Kind == catalog.File && e.Direction == catalog.Receive && e.Stage == catalog.StageTransfer && e.Superseded == ""
}

func (c *census) hash(f facet) uint64 { return max(maphash.Comparable(c.seed, f), 1) }

func (c *census) add(r row) {
	for _, h := range []uint64{r.number, r.key} {
		if h != 0 {
			c.rows[h]++
		}
	}
}

func (c *census) remove(r row) {
	for _, h := range []uint64{r.number, r.key} {
		if c.rows[h] > 1 {
			c.rows[h]--
		} else {
			delete(c.rows, h)
		}
	}
}

// found counts a row that was written past the writer.
func (c *census) found(e *catalog.Entry) {
	c.add(c.row(e))
	c.newest = max(c.newest, e.ID)
}

func (c *census) has(f facet) bool { return c.rows[c.hash(f)] > 0 }

// What may be counted of the rows. What is received is never available.
const (
	counted = `SELECT kind, direction, stage, superseded_by, partner, number, key_name, key_number FROM entry WHERE `
	holding = counted + `holds = 1`
	unheld  = counted + `holds = 0 AND status IN ('running', 'interrupted', 'suspended', 'kept')`
)

// take counts the rows of a database that was just opened.
func (c *census) take(ctx context.Context, w *writer) error {
	if err := w.conn.QueryRowContext(ctx, `SELECT coalesce(max(id), '') FROM entry`).Scan(&c.newest); err != nil {
		return classify(w.path, err)
	}
	for _, query := range []string{holding, unheld} {
		rows, err := w.conn.QueryContext(ctx, query)
		if err != nil {
			return classify(w.path, err)
		}
		if err := c.count(rows); err != nil {
			return unscanned(w.path, err)
		}
	}
	return nil
}

func (c *census) count(rows *sql.Rows) error {
	defer rows.Close()
	for rows.Next() {
		var e catalog.Entry
		err := rows.Scan(&e.Kind, &e.Direction, &e.Stage, &e.Superseded, &e.Partner, &e.Number, &e.Key.Name, &e.Key.Number)
		if err != nil {
			return err
		}
		c.add(c.row(&e))
	}
	return rows.Err()
}

// free says whether certainly no entry holds a number.
func (t *tx) free(partner string, number int64) bool {
	f := numberFacet(partner, number)
	return len(t.w.index[f]) == 0 && !t.w.census.has(f)
}
