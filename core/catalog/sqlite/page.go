package sqlite

import (
	"context"
	"fmt"
	"time"
)

// pager walks a table by seq, a page at a time.
type pager[T any] struct {
	limit int                   // 0: all
	from  func() (int64, error) // begin behind this seq
	load  func(after int64, n int) ([]T, error)
	seq   func(T) int64
}

func (p pager[T]) each(yield func(T, error) bool) {
	var none T
	after, err := p.from()
	for left := p.limit; err == nil; {
		n := pageRows
		if p.limit > 0 {
			n = min(n, left)
		}
		var page []T
		if page, err = p.load(after, n); err != nil {
			break
		}
		for _, row := range page {
			if !yield(row, nil) {
				return
			}
			after = p.seq(row)
		}
		if left -= len(page); len(page) < n || p.limit > 0 && left == 0 {
			return
		}
	}
	yield(none, fmt.Errorf("catalog: list: %w", err))
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

// ceilMicros is the first stored time that is not before t.
func ceilMicros(t time.Time) int64 {
	us := t.UnixMicro()
	if time.UnixMicro(us).Before(t) {
		us++
	}
	return us
}
