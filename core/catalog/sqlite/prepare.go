package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/postern/postern/core/catalog"
)

// preparation is how an offer to be is stored.
type preparation struct {
	Entry body   `json:"entry"`
	State []byte `json:"state,omitempty"` // of the writer
}

// Prepare implements catalog.Preparer.
func (c *Catalog) Prepare(ctx context.Context, e catalog.Entry) error {
	return c.write(ctx, "prepare", func(t *tx) error {
		checked, err := catalog.ToOffered(e, c.now())
		if err != nil {
			return err
		}
		b, crc, err := encode(preparation{wrap(checked), e.Point.Backend})
		if err != nil {
			return err
		}
		n, err := t.write(`INSERT INTO preparation (id, body, crc) VALUES (?,?,?) ON CONFLICT (id) DO NOTHING`, e.ID, b, crc)
		if err == nil && n == 0 {
			return fmt.Errorf("preparation %s: %w", e.ID, catalog.ErrExists)
		}
		return err
	})
}

// Withdraw implements catalog.Preparer.
func (c *Catalog) Withdraw(ctx context.Context, id string) error {
	return c.write(ctx, "withdraw", func(t *tx) error {
		n, err := t.write(`DELETE FROM preparation WHERE id = ?`, id)
		if err == nil && n == 0 {
			return fmt.Errorf("preparation %s: %w", id, catalog.ErrNotFound)
		}
		return err
	})
}

// Prepared implements catalog.Preparer.
func (c *Catalog) Prepared(ctx context.Context) ([]catalog.Entry, error) {
	c.reads.calls.Add(1)
	rows, err := c.reads.query(ctx, `SELECT id, body, crc FROM preparation ORDER BY seq`)
	if err != nil {
		return nil, fmt.Errorf("catalog: preparations: %w", err)
	}
	defer rows.Close()
	var out []catalog.Entry
	for rows.Next() {
		var id string
		var b []byte
		var crc int64
		if err := rows.Scan(&id, &b, &crc); err != nil {
			return nil, fmt.Errorf("catalog: preparations: %w", unscanned(c.path, err))
		}
		var p preparation
		if err := unseal(c.path, "the preparation of offer "+id, b, crc, &p); err != nil {
			return nil, err
		}
		e := p.Entry.unwrap()
		e.Point.Backend = p.State
		out = append(out, e)
	}
	return out, classify(c.path, rows.Err())
}

func (s *salvor) preparation(t *tx, seq int64, rows *sql.Rows) (bool, error) {
	var b []byte
	var crc int64
	var p preparation
	if rows.Scan(&b, &crc) != nil || unseal(s.path, "", b, crc, &p) != nil {
		return false, nil
	}
	_, err := t.write(`INSERT INTO preparation (seq, id, body, crc) VALUES (?,?,?,?)`, seq, p.Entry.ID, b, crc)
	return err == nil, err
}
