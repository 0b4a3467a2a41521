package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/postern/postern/core/catalog"
)

// salvageQuery reads one row of a table; salvageScans lists the numbers of its
// rows by as many ways as there are, since a damaged page seldom hits them all.
var (
	salvageQuery = map[string]string{
		"entry":       `SELECT body, crc, before, before_crc FROM entry WHERE seq = ?`,
		"progress":    `SELECT body, crc FROM progress WHERE seq = ?`,
		"event":       `SELECT body, crc, entry FROM event WHERE seq = ?`,
		"decision":    `SELECT body, crc FROM decision WHERE seq = ?`,
		"refusal":     `SELECT body, crc FROM refusal WHERE seq = ?`,
		"preparation": `SELECT body, crc FROM preparation WHERE seq = ?`,
	}
	salvageScans = map[string][]string{
		"entry":       {"entry NOT INDEXED ORDER BY seq", "entry INDEXED BY entry_created ORDER BY created_at", "entry INDEXED BY entry_partner ORDER BY partner"},
		"progress":    {"progress NOT INDEXED ORDER BY seq"},
		"event":       {"event NOT INDEXED ORDER BY seq", "event INDEXED BY event_entry ORDER BY entry"},
		"decision":    {"decision NOT INDEXED ORDER BY seq", "decision INDEXED BY decision_entry ORDER BY entry, first"},
		"refusal":     {"refusal NOT INDEXED ORDER BY seq", "refusal INDEXED BY refusal_time ORDER BY time"},
		"preparation": {"preparation NOT INDEXED ORDER BY seq"},
	}
)

// table saves what can be read of one table, row by row: a damaged page loses
// its own rows, not those behind it.
func (s *salvor) table(ctx context.Context, t *tx, table string, save saver) (saved int, err error) {
	seqs, seen := s.rows(ctx, table)
	stmt, err := s.old.PrepareContext(ctx, salvageQuery[table])
	if err != nil {
		s.got.LostPages = true
		return 0, nil
	}
	defer stmt.Close()
	for _, seq := range seqs {
		if err := ctx.Err(); err != nil {
			return saved, err
		}
		ok, err := one(ctx, t, stmt, seq, save)
		switch {
		case err != nil:
			return saved, err
		case ok:
			saved++
		case seen[seq]:
			s.got.Lost++
		}
	}
	return saved, nil
}

// one saves one row. An error is the new catalog's; what the old one cannot
// give is just not saved.
func one(ctx context.Context, t *tx, stmt *sql.Stmt, seq int64, save saver) (bool, error) {
	rows, err := stmt.QueryContext(ctx, seq)
	if err != nil {
		return false, nil
	}
	defer rows.Close()
	if !rows.Next() {
		return false, nil
	}
	return save(t, seq, rows)
}

// rows lists the rows to try, lowest first, and which of them were seen. When a
// scan broke off, everything between the lowest and the highest is tried.
func (s *salvor) rows(ctx context.Context, table string) (try []int64, seen map[int64]bool) {
	seen = map[int64]bool{}
	broke := false
	for _, scan := range salvageScans[table] {
		for _, way := range []string{" ASC", " DESC"} {
			if !s.scan(ctx, "SELECT seq FROM "+scan+way, seen) {
				broke = true
			} else if way == " ASC" {
				break // whole: no need to come from the other end
			}
		}
	}
	var low, high int64 = 1, 0
	for seq := range seen {
		try = append(try, seq)
		high = max(high, seq)
	}
	if broke {
		s.got.LostPages = true
		for try = nil; low <= high; low++ {
			try = append(try, low)
		}
	}
	slices.Sort(try)
	return try, seen
}

// scan notes the numbers that a query gives; false: it broke off.
func (s *salvor) scan(ctx context.Context, query string, seen map[int64]bool) bool {
	rows, err := s.old.QueryContext(ctx, query)
	if err != nil {
		return false
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		if rows.Scan(&seq) == nil && seq > 0 && seq < 1<<40 {
			seen[seq] = true
		}
	}
	return rows.Err() == nil
}

func (s *salvor) entry(t *tx, seq int64, rows *sql.Rows) (bool, error) {
	var b, before []byte
	var crc int64
	var bcrc sql.NullInt64
	if rows.Scan(&b, &crc, &before, &bcrc) != nil {
		return false, nil
	}
	e, err := decodeEntry(s.path, b, crc)
	if err != nil {
		return false, nil
	}
	if taken, err := t.has(e.ID); taken || err != nil {
		return false, err
	}
	if sum(before) != bcrc.Int64 {
		before = nil
	}
	k := &known{stored: stored{seq: seq, before: before}, put: true}
	if k.rows, err = decisionsOf(&e); err != nil {
		return false, err
	}
	k.Entry = e
	t.wrote = true
	t.w.census.found(&e)
	return true, t.writeKnown(k)
}

func (s *salvor) progress(t *tx, seq int64, rows *sql.Rows) (bool, error) {
	var b []byte
	var crc int64
	var p points
	if rows.Scan(&b, &crc) != nil || unseal(s.path, "", b, crc, &p) != nil {
		return false, nil
	}
	n, err := t.write(`INSERT INTO progress (seq, body, crc) SELECT seq, ?, ? FROM entry WHERE seq = ?`, b, crc, seq)
	return n > 0, err
}

func (s *salvor) event(t *tx, _ int64, rows *sql.Rows) (bool, error) {
	var b []byte
	var crc, entry int64
	var v catalog.Event
	if rows.Scan(&b, &crc, &entry) != nil || unseal(s.path, "", b, crc, &v) != nil {
		return false, nil
	}
	n, err := t.write(`INSERT INTO event (id, entry, due_at, body, crc) SELECT ?, seq, ?, ?, ? FROM entry WHERE id = ?`,
		v.ID, dueColumn(v), b, crc, v.EntryID)
	return n > 0, err
}

func (s *salvor) decision(t *tx, _ int64, rows *sql.Rows) (bool, error) {
	d, err := scanDecisions(s.path, rows)
	if err != nil {
		return false, nil
	}
	b, crc, err := encode(d)
	if err != nil {
		return false, err
	}
	n, err := t.write(`INSERT INTO decision (entry, first, body, crc) SELECT seq, ?, ?, ? FROM entry WHERE id = ?`,
		d.First, b, crc, d.Entry)
	return n > 0, err
}

func (s *salvor) refusal(t *tx, seq int64, rows *sql.Rows) (bool, error) {
	var b []byte
	var crc int64
	var r catalog.Refusal
	if rows.Scan(&b, &crc) != nil || unseal(s.path, "", b, crc, &r) != nil {
		return false, nil
	}
	print := r.Print()
	_, err := t.write(`INSERT INTO refusal (seq, id, time, print, phase, code, partner, flow, body, crc) VALUES (?,?,?,?,?,?,?,?,?,?)`,
		seq, r.ID, micros(r.Time), print[:], r.Phase, string(r.Code), r.Partner, r.Flow, b, crc)
	return err == nil, err
}

// overrides saves the partners' overrides and the last numbers given; the
// latter only save a search.
func (s *salvor) overrides(ctx context.Context, t *tx) error {
	rows, err := s.old.QueryContext(ctx, `SELECT name, body, crc FROM partner`)
	if err != nil {
		s.got.LostPages = true
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var b []byte
		var crc int64
		var o catalog.PartnerOverride
		if rows.Scan(&name, &b, &crc) != nil || unseal(s.path, "", b, crc, &o) != nil {
			s.got.Lost++
			continue
		}
		if _, err := t.write(`INSERT INTO partner (name, body, crc) VALUES (?,?,?)`, o.Partner, b, crc); err != nil {
			return err
		}
		s.got.Overrides++
	}
	if rows.Err() != nil {
		s.got.LostPages = true
	}
	_, err = t.write(`INSERT INTO number (partner, last) SELECT partner, max(number) FROM entry WHERE number > 0 GROUP BY partner`)
	return err
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
