package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/postern/postern/core/catalog"
)

// An error while a call reads makes SQLite roll back what others have written in the same transaction. None of it may be
// taken for committed, and what the journal has must not count as taken over.
func TestATransactionThatSQLiteRollsBackByItselfLosesNothingAcknowledged(t *testing.T) {
	for name, read := range map[string]bool{"a call that changes": false, "a call that only reads": true} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			c, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			if _, err = c.Create(ctx, catalog.Entry{ID: "entry1", Direction: catalog.Receive, Partner: "P"}); err == nil {
				err = c.Note(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			fails := func(t *tx) error {
				if err := t.exec("ROLLBACK"); err != nil { // as SQLite does
					return err
				}
				return t.exec("SELECT what is no column")
			}
			_ = c.w.do(ctx, func(t *tx) error { // one group of three calls
				_ = t.isolated(&job{store: true, run: func(t *tx) error {
					_, err := t.write("DELETE FROM partner")
					return err
				}})
				if read {
					t.w.read(&job{run: fails})
					return nil
				}
				return t.isolated(&job{run: fails})
			})
			if _, err := c.Get(ctx, "entry1"); err != nil {
				t.Errorf("what was acknowledged before: %v", err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if c, err = Open(path, Options{}); err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Get(ctx, "entry1"); err != nil {
				t.Errorf("once it is opened again: %v", err)
			}
		})
	}
}
