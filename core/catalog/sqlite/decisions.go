package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"slices"

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

// joined makes one row of decisions that follow each other: those of a small file are two, and each is an insert into the
// table and one into its index. Where some were taken back each stays what it is: a cut removes whole rows.
func joined(rows []extra) []extra {
	if slices.ContainsFunc(rows, func(r extra) bool { return r.kind == rowCut }) {
		return rows
	}
	for i := 1; i < len(rows); i++ {
		a, b := rows[i-1], rows[i]
		if a.kind != rowDecisions || b.kind != rowDecisions {
			continue
		}
		_, more, ok := bytes.Cut(b.body, openDecisions)
		head, whole := bytes.CutSuffix(a.body, closeDecisions)
		if !ok || !whole || !bytes.HasSuffix(b.body, closeDecisions) {
			continue
		}
		a.body = slices.Concat(head, []byte("},"), more)
		rows = slices.Concat(rows[:i-1], []extra{a}, rows[i+1:]) // what the journal has of them stays as it is
		i--
	}
	return rows
}

// What stands around the decisions of a row, of which there is one at least. No text holds quotes like these.
var openDecisions, closeDecisions = []byte(`,"decisions":[`), []byte("}]}")

// hasDecision says whether an entry has its nth decision, in a row of its own or among others.
func (t *tx) hasDecision(s stored, n int64) (bool, error) {
	rows, err := t.query(selectDecision+`WHERE entry = ? AND first <= ? ORDER BY first DESC LIMIT 1`, s.seq, n)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, classify(t.w.path, rows.Err())
	}
	d, err := scanDecisions(t.w.path, rows)
	return n < d.First+int64(len(d.Decisions)), err
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
	err = unseal(path, "the decisions about an entry", b, crc, &d)
	spread(d.Decisions)
	return d, err
}
