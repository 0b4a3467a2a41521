package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/postern/postern/core/catalog/sqlite/journal"
)

// do runs a call of the test's own on the writer's goroutine.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	return w.submit(ctx, &job{run: run})
}

// left waits for a call that is left with whoever has the baton.
func (w *writer) left() *job {
	b := &w.baton
	for {
		b.mu.Lock()
		i := slices.IndexFunc(b.left, func(j *job) bool { return j.chore == nil })
		if i >= 0 {
			defer b.mu.Unlock()
			j := b.left[i]
			b.left = slices.Delete(b.left, i, i+1)
			return j
		}
		b.mu.Unlock()
		runtime.Gosched()
	}
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
		t.w.land()
		n := int(journal.Size-512-t.w.journal.Used()) - left - 200
		if n <= 0 {
			return nil
		}
		record := appendText([]byte{itemNumber}, strings.Repeat("x", n))
		return t.w.journal.Append(append(record, 2))
	})
}

// Full has the disk be full for a record of the journal when now says so, which is asked by one at a time.
func (c *Catalog) Full(now func() bool) {
	c.w.chore(func() {
		c.w.land()
		note := c.w.note
		c.w.note = func(record []byte) error {
			if now() {
				return syscall.ENOSPC
			}
			return note(record)
		}
	})
}

// IsFull tells the error of a full disk.
func IsFull(err error) bool { return isFull(err) }

// Miscounted says how the census and the index differ from what they should be; "": not at all.
func (c *Catalog) Miscounted(ctx context.Context) (what string, err error) {
	err = c.look(ctx, func(t *tx) error {
		index := index{}
		for _, k := range t.w.behind {
			if k.indexed() {
				index.add(k)
			}
		}
		for f, list := range index {
			if len(list) != len(t.w.index[f]) {
				what += fmt.Sprintf("%+v has %d entries of %d; ", f, len(t.w.index[f]), len(list))
			}
		}
		if len(index) != len(t.w.index) {
			what += fmt.Sprintf("%d facets of %d; ", len(t.w.index), len(index))
		}
		if len(t.w.inside) > 0 { // its transaction is open: what is committed cannot be seen
			return nil
		}
		there := census{seed: t.w.census.seed, rows: map[uint64]int32{}}
		if err := there.take(ctx, t.w); err != nil {
			return err
		}
		for h, n := range there.rows {
			if have := t.w.census.rows[h]; have < n {
				what += fmt.Sprintf("%d rows are counted of %d; ", have, n)
			}
		}
		if there.newest > t.w.census.newest {
			what += "a greater id than " + t.w.census.newest + "; "
		}
		return nil
	})
	return what, err
}
