package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/postern/postern/core/catalog"
)

// pageRows is how many rows a listing reads at once: between two pages it holds
// nothing, so a slow reader does not keep the log from being truncated.
const pageRows = 256

const newestOfKey = selectEntry + `WHERE e.partner = ? AND e.key_name = ? AND e.key_number = ? AND e.key_type = ?
AND e.key_origin = ? AND e.key_dest = ? AND e.key_direction = ? AND e.role = 'server' AND e.kind = 'file'
ORDER BY e.seq DESC LIMIT ?`

func keyArgs(k catalog.RestartKey) []any {
	return []any{k.Partner, k.Name, k.Number, k.Type, k.Origin, k.Destination, string(k.Direction)}
}

// sameKey says what the queries by key say: whether an entry of the key's partner has it.
func sameKey(e *catalog.Entry, k catalog.RestartKey) bool {
	return e.Key.Name == k.Name && e.Key.Number == k.Number && e.Key.Type == k.Type && e.Key.Origin == k.Origin &&
		e.Key.Destination == k.Destination && e.Key.Direction == k.Direction
}

// newest reads the newest entry of a key and says whether there is one.
func (t *tx) newest(k catalog.RestartKey) (stored, bool, error) {
	has := func(e *catalog.Entry) bool { return sameKey(e, k) && e.Role == catalog.Server }
	page, err := t.entries(keyFacet(k.Partner, k), has, newestOfKey, append(keyArgs(k), t.room(1))...)
	if err != nil || len(page) == 0 {
		return stored{}, false, err
	}
	return page[len(page)-1], true, nil
}

// Restartable implements catalog.Linker.
func (c *Catalog) Restartable(ctx context.Context, key catalog.RestartKey) (catalog.Entry, error) {
	c.reads.calls.Add(1)
	var s stored
	var found bool
	err := c.look(ctx, func(t *tx) (err error) {
		s, found, err = t.newest(key)
		return err
	})
	if err != nil {
		return catalog.Entry{}, fmt.Errorf("catalog: find a restart: %w", err)
	}
	if !found {
		return catalog.Entry{}, fmt.Errorf("catalog: find a restart: %w", catalog.ErrRestartUnknown)
	}
	return s.Entry, catalog.JudgeRestart(s.Entry)
}

// Held implements catalog.Linker.
func (c *Catalog) Held(ctx context.Context, w catalog.Wanted) (catalog.Entry, error) {
	c.reads.calls.Add(1)
	var best stored
	err := c.look(ctx, func(t *tx) (err error) {
		best, err = t.held(w)
		return err
	})
	if err != nil && !errors.Is(err, catalog.ErrNone) {
		err = fmt.Errorf("catalog: find a held entry: %w", err)
	}
	return best.Entry, err
}

// held finds the most urgent entry that matches.
func (t *tx) held(w catalog.Wanted) (best stored, err error) {
	err = catalog.ErrNone
	for _, k := range t.w.index[availableFacet(w.Partner)] {
		if w.Matches(k.Entry) && (err != nil || before(k.stored, best)) {
			best, err = k.stored, nil
		}
	}
	priority, seq := int64(-1<<62), int64(0)
	for n := 4; ; n = min(4*n, pageRows) { // the first mostly matches
		rows, failed := t.query(selectEntry+`WHERE e.partner = ? AND e.status = 'available'
AND (e.priority, e.seq) > (?, ?) ORDER BY e.priority, e.seq LIMIT ?`, w.Partner, priority, seq, n)
		page, failed := all(t.w.path, rows, failed)
		if failed != nil {
			return stored{}, failed
		}
		for _, s := range page {
			if err == nil && before(best, s) {
				return best, nil
			}
			if t.w.behind[s.ID] == nil && w.Matches(s.Entry) {
				return s, nil
			}
			priority, seq = int64(s.Priority), s.seq
		}
		if len(page) < n {
			return best, err
		}
	}
}

// before says whether a is fetched before b.
func before(a, b stored) bool {
	return a.Priority < b.Priority || a.Priority == b.Priority && a.seq < b.seq
}

// Get implements catalog.Reader.
func (c *Catalog) Get(ctx context.Context, id string) (catalog.Entry, error) {
	c.reads.calls.Add(1)
	c.w.settle(ctx)
	rows, err := c.reads.query(ctx, selectEntry+`WHERE e.id = ?`, id)
	s, found, err := first(c.path, rows, err)
	if err != nil {
		return s.Entry, err
	}
	if found {
		return c.withDecisions(ctx, s)
	}
	if len(id) < catalog.MinPrefix {
		return catalog.Entry{}, fmt.Errorf("entry %q: %w", id, catalog.ErrNotFound)
	}
	rows, err = c.reads.query(ctx, selectEntry+`WHERE e.id >= ? AND e.id < ? ORDER BY e.id LIMIT 2`, id, id+"\U0010ffff")
	page, err := all(c.path, rows, err)
	switch {
	case err != nil:
		return catalog.Entry{}, err
	case len(page) == 0:
		return catalog.Entry{}, fmt.Errorf("entry %q: %w", id, catalog.ErrNotFound)
	case len(page) > 1:
		return catalog.Entry{}, fmt.Errorf("entry %q: %w", id, catalog.ErrAmbiguous)
	}
	return c.withDecisions(ctx, page[0])
}

// where collects the conditions of a filter.
type where struct {
	terms []string
	args  []any
}

func (w *where) add(set bool, term string, arg any) {
	if set {
		w.terms = append(w.terms, term)
		w.args = append(w.args, arg)
	}
}

// and gives the conditions with one more.
func (w *where) and(term string, arg any) *where {
	return &where{terms: append(slices.Clip(w.terms), term), args: append(slices.Clip(w.args), arg)}
}

func (w *where) String() string {
	if len(w.terms) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(w.terms, " AND ") + " "
}

func filterTerms(f catalog.Filter) *where {
	w := &where{}
	w.add(f.Partner != "", "e.partner = ?", f.Partner)
	w.add(f.Flow != "", "e.flow = ?", f.Flow)
	w.add(f.Direction != "", "e.direction = ?", string(f.Direction))
	w.add(f.Status != "", "e.status = ?", string(f.Status))
	w.add(!f.Since.IsZero(), "e.created_at >= ?", ceilMicros(f.Since))
	w.add(!f.Until.IsZero(), "e.created_at < ?", ceilMicros(f.Until))
	return w
}

// List implements catalog.Reader.
func (c *Catalog) List(ctx context.Context, f catalog.Filter) iter.Seq2[catalog.Entry, error] {
	w := filterTerms(f)
	p := pager[stored]{limit: f.Limit,
		load: func(after int64, n int) ([]stored, error) {
			w := w.and("e.seq > ?", after)
			rows, err := c.reads.query(ctx, selectEntry+w.String()+"ORDER BY e.seq LIMIT ?", append(w.args, n)...)
			return all(c.path, rows, err)
		},
		seq: func(s stored) int64 { return s.seq },
	}
	if f.File != "" {
		p.keep = func(s stored) bool { return f.Names(s.Entry) }
	}
	p.from = func() (after int64, err error) {
		if !f.Since.IsZero() || !f.Until.IsZero() {
			var upto int64
			if after, upto, err = c.span(ctx, f.Since, f.Until); err != nil {
				return 0, err
			}
			w = w.and("e.seq > ?", after).and("e.seq <= ?", upto)
		}
		switch {
		case f.File != "":
			return c.nthNamed(ctx, f, w, after)
		case f.Limit > 0 && f.Last:
			return c.nthNewest(ctx, "entry e", w, f.Limit)
		}
		return after, nil
	}
	return func(yield func(catalog.Entry, error) bool) {
		c.reads.calls.Add(1)
		c.w.settle(ctx)
		p.each(func(s stored, err error) bool { return yield(s.Entry, err) })
	}
}
