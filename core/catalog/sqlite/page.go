package sqlite

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/postern/postern/core/catalog"
)

// pager walks a table by seq, a page at a time.
type pager[T any] struct {
	limit int                   // 0: all
	from  func() (int64, error) // begin behind this seq
	load  func(after int64, n int) ([]T, error)
	seq   func(T) int64
	keep  func(T) bool // nil: every row
}

func (p pager[T]) each(yield func(T, error) bool) {
	var none T
	after, err := p.from()
	for left := p.limit; err == nil; {
		n := pageRows
		if p.limit > 0 && p.keep == nil {
			n = min(n, left)
		}
		var page []T
		if page, err = p.load(after, n); err != nil {
			break
		}
		for _, row := range page {
			after = p.seq(row)
			if p.keep != nil && !p.keep(row) {
				continue
			}
			if !yield(row, nil) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
		if len(page) < n {
			return
		}
	}
	yield(none, fmt.Errorf("catalog: list: %w", err))
}

// nthNamed gives the seq behind which the newest entries of a filter begin that bear its name, as many as it is limited to,
// or behind which they were looked for. It looks at pages from the newest on.
func (c *Catalog) nthNamed(ctx context.Context, f catalog.Filter, w *where, after int64) (int64, error) {
	if f.Limit == 0 || !f.Last {
		oldest, err := c.nthNewest(ctx, "entry e", w, catalog.MostLooked)
		return max(after, oldest), err
	}
	before, left := int64(math.MaxInt64), f.Limit
	for looked := 0; looked < catalog.MostLooked; looked += pageRows {
		w := w.and("e.seq < ?", before)
		rows, err := c.reads.query(ctx, selectEntry+w.String()+"ORDER BY e.seq DESC LIMIT ?", append(w.args, pageRows)...)
		page, err := all(c.path, rows, err)
		if err != nil {
			return 0, err
		}
		for _, s := range page {
			before = s.seq
			if f.Names(s.Entry) {
				left--
			}
			if left == 0 {
				return before - 1, nil
			}
		}
		if len(page) < pageRows {
			return after, nil
		}
	}
	return before - 1, nil
}

// nthNewest gives the seq behind which the newest n rows of a filter begin.
func (c *Catalog) nthNewest(ctx context.Context, table string, w *where, n int) (int64, error) {
	rows, err := c.reads.query(ctx, "SELECT seq FROM "+table+" "+w.String()+"ORDER BY seq DESC LIMIT 1 OFFSET ?", append(w.args[:len(w.args):len(w.args)], n)...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var seq int64
	if rows.Next() {
		err = rows.Scan(&seq)
	}
	if err == nil {
		err = rows.Err()
	}
	return seq, classify(c.path, err)
}

// beforeTime gives a seq behind which every row of at least that time lies. The
// clock may have stepped back, so it looks for the lowest seq among the rows
// from that time on; the index makes it a walk over those rows only.
func (c *Catalog) beforeTime(ctx context.Context, table, index, column string, since time.Time) (int64, error) {
	if since.IsZero() {
		return 0, nil
	}
	rows, err := c.reads.query(ctx, "SELECT coalesce(min(seq), (SELECT max(seq) FROM "+table+"), 0) - 1 FROM "+table+
		" INDEXED BY "+index+" WHERE "+column+" >= ?", ceilMicros(since))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var seq int64
	if rows.Next() {
		err = rows.Scan(&seq)
	}
	if err == nil {
		err = rows.Err()
	}
	return seq, classify(c.path, err)
}

// span gives the seqs between which every entry of a time lies: behind after, up to upto. As beforeTime it walks over the
// index of these entries only.
func (c *Catalog) span(ctx context.Context, since, until time.Time) (after, upto int64, err error) {
	w := &where{}
	w.add(true, "created_at >= ?", ceilMicros(since))
	w.add(!until.IsZero(), "created_at < ?", ceilMicros(until))
	rows, err := c.reads.query(ctx, "SELECT coalesce(min(seq), 1) - 1, coalesce(max(seq), 0) FROM entry INDEXED BY entry_created "+w.String(), w.args...)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&after, &upto)
	}
	if err == nil {
		err = rows.Err()
	}
	return after, upto, classify(c.path, err)
}

// ceilMicros is the first stored time that is not before t.
func ceilMicros(t time.Time) int64 {
	us := t.UnixMicro()
	if time.UnixMicro(us).Before(t) {
		us++
	}
	return us
}
