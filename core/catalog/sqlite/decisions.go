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

// decisionsOf gives the decisions that a transition has added to an entry, as they are stored, and takes them out of it.
func decisionsOf(e *catalog.Entry) ([]extra, error) {
	kept, first := e.NewDecisions()
	e.Decisions = nil
	if len(kept) == 0 {
		return nil, nil
	}
	b, err := encodeDecisions(decided{e.ID, first, kept})
	return []extra{{kind: rowDecisions, n: first, body: b}}, err
}

// undecide removes the decisions of a grant that is undone.
func (t *tx) undecide(s stored, e catalog.Entry) {
	_, first := e.NewDecisions()
	t.attach(s, extra{kind: rowCut, n: first})
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
