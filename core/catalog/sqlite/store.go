package sqlite

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/postern/postern/core/catalog/sqlite/journal"
)

const (
	// many is how many entries the database may be behind: the next commit
	// brings it up to date.
	many = 256
	// rest is how long nothing has been written when the database is brought up
	// to date.
	rest = 200 * time.Millisecond
	// ripe is the part of the journal that is used when the database is brought
	// up to date, in bytes.
	ripe = journal.Size * 3 / 4
)

// enter opens the database's own transaction, for a call that reads or writes
// what only the database has, and writes all that is known into it.
func (t *tx) enter() error {
	if !t.entered {
		t.leave() // one for reading; SQLite may have ended it by itself after an error
		if err := t.exec("BEGIN IMMEDIATE"); err != nil {
			return err
		}
		t.entered, t.w.reading = true, true
	}
	return t.fill()
}

// fill writes what the open transaction does not have yet. Removals come
// first, rows that belong to entries last.
func (t *tx) fill() error {
	var fresh []*known
	for _, k := range t.w.behind {
		if !k.written {
			fresh = append(fresh, k)
		}
	}
	slices.SortFunc(fresh, func(a, b *known) int { return int(a.seq - b.seq) })
	for _, k := range fresh {
		removed := k.former
		if k.gone {
			removed = append(slices.Clip(removed), k.seq)
		}
		for _, seq := range removed {
			if _, err := t.run(`DELETE FROM entry WHERE seq = ?`, []any{seq}); err != nil {
				return err
			}
		}
	}
	for _, k := range fresh {
		if !k.gone {
			if err := t.writeKnown(k); err != nil {
				return err
			}
		}
	}
	for _, k := range fresh {
		k.written, k.pointsWritten, k.rowsWritten = true, k.pointsWritten || k.hasPoints(), len(k.rows)
	}
	t.w.inside = append(t.w.inside, fresh...)
	return t.writeNumbers()
}

// hasPoints says whether the row of its points must be written: an entry that
// came and ended without any has none.
func (k *known) hasPoints() bool {
	return !k.gone && k.pointed && (!k.absent || k.pointsWritten || !pointless(&k.Entry))
}

func (t *tx) writeKnown(k *known) error {
	if k.put {
		if err := k.encode(); err != nil {
			return err
		}
		var old, oldSum any
		if k.before != nil {
			old, oldSum = k.before, sum(k.before)
		}
		args := append([]any{k.seq, k.ID}, columns(k.Entry)...)
		if _, err := t.run(putEntry, append(args, k.body, sum(k.body), old, oldSum)); err != nil {
			return err
		}
	}
	if k.hasPoints() {
		b, crc, err := encodePoints(k.Entry)
		if err != nil {
			return err
		}
		if _, err := t.run(putPoints, []any{k.seq, b, crc}); err != nil {
			return err
		}
	}
	rows := k.rows[k.rowsWritten:]
	if k.before == nil { // else the last ones may still be taken back
		rows = joined(rows)
	}
	for _, r := range rows {
		if err := t.writeRow(k.seq, r); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) writeRow(seq int64, r extra) (err error) {
	switch r.kind {
	case rowDecisions:
		_, err = t.run(`INSERT INTO decision (entry, first, body, crc) VALUES (?,?,?,?)`, []any{seq, r.n, r.body, sum(r.body)})
	case rowCut:
		_, err = t.run(`DELETE FROM decision WHERE entry = ? AND first >= ?`, []any{seq, r.n})
	case rowEvent:
		var due any
		if r.n != 0 {
			due = r.n
		}
		_, err = t.run(`INSERT INTO event (id, entry, due_at, body, crc) VALUES (?,?,?,?,?)`, []any{r.id, seq, due, r.body, sum(r.body)})
	default:
		err = damaged(t.w.path, fmt.Sprintf("a row of an unknown kind %q", r.kind), nil)
	}
	return err
}

func (t *tx) writeNumbers() error {
	for partner, c := range t.w.numbers {
		if !c.behind {
			continue
		}
		if _, err := t.run(`INSERT INTO number (partner, last) VALUES (?, ?)
ON CONFLICT (partner) DO UPDATE SET last = excluded.last`, []any{partner, c.last}); err != nil {
			return err
		}
	}
	return nil
}

// store brings the database up to date and commits there; then the journal
// begins again at its front.
func (t *tx) store() error {
	w := t.w
	err := t.enter()
	if err == nil {
		_, err = t.run(`UPDATE meta SET value = ? WHERE name = ?`, []any{strconv.FormatUint(w.journal.Last(), 10), metaTaken})
	}
	if err == nil {
		err = t.exec("COMMIT")
	}
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	t.entered, w.reading, w.inside = false, false, w.inside[:0]
	w.settled()
	w.journal.Restart()
	return nil
}

// leave gives up the database's own transaction. SQLite may have done it by
// itself.
func (t *tx) leave() {
	if !t.w.reading {
		return
	}
	_ = t.exec("ROLLBACK")
	t.entered, t.w.reading = false, false
	for _, k := range t.w.inside {
		k.written, k.pointsWritten, k.rowsWritten = false, false, 0
	}
	t.w.inside = t.w.inside[:0]
	for _, k := range t.w.behind {
		k.pointsWritten, k.rowsWritten = false, 0
	}
	for _, u := range t.undo { // what may yet be put back
		if u.was != nil {
			u.was.pointsWritten, u.was.rowsWritten = false, 0
		}
	}
}

// note makes what has changed durable in the journal.
func (t *tx) note() error {
	record, err := t.record()
	if err != nil {
		return err
	}
	if err := t.w.journal.Append(record); err != nil {
		return err
	}
	t.noted()
	return nil
}
