package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/postern/postern/core/catalog/sqlite/journal"
)

// do runs a call of the test's own on the writer's goroutine.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	return w.submit(ctx, &job{run: run})
}

// Note makes durable what was answered early, as a call that must be durable would.
func (c *Catalog) Note(ctx context.Context) error {
	return c.w.do(ctx, func(*tx) error { return nil })
}

// Behind is how many entries the journal has and the database has not.
func (c *Catalog) Behind(ctx context.Context) (n int) {
	_ = c.look(ctx, func(t *tx) error { n = len(t.w.behind); return nil })
	return n
}

// Pages bounds the size of the database, as a full disk would; 1: it grows no more.
func (c *Catalog) Pages(ctx context.Context, n int) error {
	return c.w.do(ctx, func(t *tx) error { return t.exec(fmt.Sprintf("PRAGMA max_page_count=%d", n)) })
}

// Crowd leaves room for one record of left bytes in the journal.
func (c *Catalog) Crowd(ctx context.Context, left int) error {
	return c.w.do(ctx, func(t *tx) error {
		n := int(journal.Size-512-t.w.journal.Used()) - left - 200
		if n <= 0 {
			return nil
		}
		record := appendText([]byte{itemNumber}, strings.Repeat("x", n))
		return t.w.journal.Append(append(record, 2))
	})
}

// IsFull tells the error of a full disk.
func IsFull(err error) bool { return isFull(err) }
