package sqlite

import (
	"context"
	"fmt"
)

// Alive reports whether the catalog answers: a reader reads, and the writer gets the database for itself. It writes nothing
// new. A catalog
// that stopped writing after a failed commit says so, and goes on saying so until it is opened again.
func (c *Catalog) Alive(ctx context.Context) error {
	rows, err := c.reads.query(ctx, "SELECT value FROM meta WHERE name='id'")
	if err == nil {
		rows.Next()
		err = rows.Err()
		rows.Close()
	}
	if err != nil {
		return fmt.Errorf("the catalog does not answer: %w", err)
	}
	if err := c.w.submit(ctx, &job{store: true, run: func(*tx) error { return nil }}); err != nil {
		return fmt.Errorf("the catalog's writer does not answer: %w", err)
	}
	return nil
}

// CanCommit reports whether a commit becomes durable now: it makes one that changes nothing anybody reads.
func (c *Catalog) CanCommit(ctx context.Context) error {
	err := c.w.submit(ctx, &job{store: true, run: func(t *tx) error {
		_, err := t.write("INSERT INTO meta (name, value) VALUES ('probe', '1') ON CONFLICT (name) DO UPDATE SET value = 1 - value")
		return err
	}})
	if err != nil {
		return fmt.Errorf("the catalog does not commit: %w", err)
	}
	return nil
}
