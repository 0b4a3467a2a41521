package sqlite

import (
	"context"
	"database/sql"

	"github.com/postern/postern/core/catalog"
)

// decided is how the decisions of one transition are stored.
type decided struct {
	Entry     string             `json:"entry"`
	First     int64              `json:"first"`
	Decisions []catalog.Decision `json:"decisions"`
}

// decide stores the decisions that a transition has added to an entry, and takes them out of it.
func (t *tx) decide(seq int64, e *catalog.Entry) error {
	kept, first := e.NewDecisions()
	e.Decisions = nil
	if len(kept) == 0 {
		return nil
	}
	b, crc, err := encode(decided{e.ID, first, kept})
	if err != nil {
		return err
	}
	_, err = t.write(`INSERT INTO decision (entry, first, body, crc) VALUES (?,?,?,?)`, seq, first, b, crc)
	return err
}

// undecide removes the decisions of a grant that is undone.
func (t *tx) undecide(seq int64, e catalog.Entry) error {
	_, first := e.NewDecisions()
	_, err := t.write(`DELETE FROM decision WHERE entry = ? AND first >= ?`, seq, first)
	return err
}

// Decisions implements catalog.Explainer.
func (c *Catalog) Decisions(ctx context.Context, id string) ([]catalog.Decision, int64, error) {
	e, err := c.Get(ctx, id)
	return e.Decisions, e.Decided - int64(len(e.Decisions)), err
}

// withDecisions adds the stored decisions to those that the body bears still.
func (c *Catalog) withDecisions(ctx context.Context, s stored) (catalog.Entry, error) {
	rows, err := c.reads.query(ctx, selectDecision+`WHERE entry = ? ORDER BY first`, s.seq)
	if err != nil {
		return s.Entry, err
	}
	defer rows.Close()
	var all []catalog.Decision
	for rows.Next() {
		d, err := scanDecisions(c.path, rows)
		if err != nil {
			return s.Entry, err
		}
		all = append(all, d.Decisions...)
	}
	s.Decisions = append(all, s.Decisions...)
	return s.Entry, classify(c.path, rows.Err())
}

const selectDecision = `SELECT body, crc FROM decision `

func scanDecisions(path string, rows *sql.Rows) (d decided, err error) {
	var b []byte
	var crc int64
	if err := rows.Scan(&b, &crc); err != nil {
		return d, unscanned(path, err)
	}
	return d, unseal(path, "the decisions about an entry", b, crc, &d)
}
