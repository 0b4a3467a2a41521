package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/postern/postern/core/catalog"
)

// queue stores the event of an entry that just ended, in the same commit.
func (t *tx) queue(s stored, e catalog.Entry) error {
	v := catalog.NewEvent(e)
	b, _, err := encode(v)
	if err != nil {
		return err
	}
	t.attach(s, extra{kind: rowEvent, id: v.ID, n: micros(v.DueAt), body: b})
	return nil
}

func dueColumn(v catalog.Event) any {
	if v.DueAt.IsZero() {
		return nil
	}
	return micros(v.DueAt)
}

const selectEvent = `SELECT body, crc FROM event `

func scanEvent(path string, rows *sql.Rows) (v catalog.Event, err error) {
	var b []byte
	var crc int64
	if err := rows.Scan(&b, &crc); err != nil {
		return v, unscanned(path, err)
	}
	return v, unseal(path, "an event", b, crc, &v)
}

// Due implements catalog.Events.
func (c *Catalog) Due(ctx context.Context, limit int) ([]catalog.Event, error) {
	c.reads.calls.Add(1)
	c.w.settle(ctx)
	rows, err := c.reads.query(ctx, selectEvent+`WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, seq LIMIT ?`, micros(c.now()), limit)
	if err != nil {
		return nil, fmt.Errorf("catalog: events due: %w", err)
	}
	defer rows.Close()
	var out []catalog.Event
	for rows.Next() {
		v, err := scanEvent(c.path, rows)
		if err != nil {
			return nil, fmt.Errorf("catalog: events due: %w", err)
		}
		out = append(out, v)
	}
	return out, classify(c.path, rows.Err())
}

func (t *tx) event(id string) (catalog.Event, error) { return t.oneEvent(`WHERE id = ?`, id) }

func (t *tx) oneEvent(where string, id any) (v catalog.Event, err error) {
	rows, err := t.query(selectEvent+where, id)
	if err != nil {
		return v, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return v, classify(t.w.path, err)
		}
		return v, fmt.Errorf("event %v: %w", id, catalog.ErrNotFound)
	}
	return scanEvent(t.w.path, rows)
}

// Settle implements catalog.Events.
func (c *Catalog) Settle(ctx context.Context, eventID string, f catalog.FollowUp) (applied bool, err error) {
	var illegal error
	err = c.write(ctx, "settle", func(t *tx) error {
		v, err := t.event(eventID)
		if err != nil {
			return err
		}
		s, err := t.find(v.EntryID)
		if err != nil {
			return err
		}
		if _, err := t.write(`DELETE FROM event WHERE id = ?`, eventID); err != nil {
			return err
		}
		var e catalog.Entry
		var gone bool
		e, gone, applied, illegal = catalog.ToSettled(s.Entry, v, f, c.now())
		switch {
		case gone:
			t.remove(s)
		case e.Version != s.Version || len(e.Decisions) > 0:
			return t.put(s, e, s.before)
		}
		return nil
	})
	if err == nil {
		err = illegal
	}
	return applied && err == nil, err
}

// Postpone implements catalog.Events.
func (c *Catalog) Postpone(ctx context.Context, eventID string, until time.Time, why string) error {
	return c.write(ctx, "postpone", func(t *tx) error {
		v, err := t.event(eventID)
		if err != nil {
			return err
		}
		v.Attempt, v.Reason, v.DueAt = v.Attempt+1, why, time.Time{}
		if !until.IsZero() {
			v.DueAt = catalog.Instant(until)
		}
		return t.requeue(v)
	})
}

// askAgain makes the event of an entry that was resumed due.
func (t *tx) askAgain(s stored, resumed catalog.Entry) error {
	v, err := t.oneEvent(`WHERE entry = ? ORDER BY seq DESC LIMIT 1`, s.seq)
	if err != nil {
		return err
	}
	return t.requeue(v.Again(resumed))
}

func (t *tx) requeue(v catalog.Event) error {
	b, crc, err := encode(v)
	if err != nil {
		return err
	}
	_, err = t.write(`UPDATE event SET due_at = ?, body = ?, crc = ? WHERE id = ?`, dueColumn(v), b, crc, v.ID)
	return err
}
