package sqlite

import (
	"context"
	"fmt"

	"github.com/postern/postern/core/catalog"
)

// Create implements catalog.Granter.
func (c *Catalog) Create(ctx context.Context, e catalog.Entry) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.write(ctx, "create", func(t *tx) (err error) {
		t.early = true
		now := c.now()
		// Checked first: a twin must not lose its key to an entry that is refused.
		if out, err = catalog.ToCreated(e, 0, now, c.opt.Node); err != nil {
			return err
		}
		if err = t.supersede(out, c); err != nil {
			return err
		}
		number, err := t.assign(out.Partner, e.Key.Number)
		if err != nil {
			return err
		}
		if out, err = catalog.ToCreated(e, number, now, c.opt.Node); err != nil {
			return err
		}
		return t.insert(out)
	})
	return out, err
}

// Offer implements catalog.Offers.
func (c *Catalog) Offer(ctx context.Context, e catalog.Entry) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.write(ctx, "offer", func(t *tx) (err error) {
		if out, err = catalog.ToOffered(e, c.now()); err != nil {
			return err
		}
		if err = t.insert(out); err != nil {
			return err
		}
		_, err = t.write(`DELETE FROM preparation WHERE id = ?`, out.ID)
		return err
	})
	return out, err
}

// supersede takes the full key from an unfinished entry that has it. A send's
// number is new, so only what is received can have a twin.
func (t *tx) supersede(e catalog.Entry, c *Catalog) error {
	if e.Direction != catalog.Receive || e.Kind != catalog.File {
		return nil
	}
	rows, err := t.query(selectEntry+`WHERE e.partner = ? AND e.key_name = ? AND e.key_number = ?
AND e.key_type = ? AND e.key_origin = ? AND e.key_dest = ? AND e.key_direction = ? AND e.kind = 'file'
AND e.stage = 'T' AND e.superseded_by = ''`,
		e.Partner, e.Key.Name, e.Key.Number, e.Key.Type, e.Key.Origin, e.Key.Destination, string(e.Direction))
	twins, err := all(t.w.path, rows, err)
	for _, s := range t.current(twins) {
		if err == nil {
			err = t.put(s, catalog.ToSuperseded(s.Entry, e.ID, c.now()), s.before)
		}
	}
	return err
}

// assign gives the number that the peer proposed if it is free, or the next
// free one after the partner's last.
func (t *tx) assign(partner string, wish int64) (int64, error) {
	if wish > 0 && wish <= catalog.MaxNumber {
		var n int64
		if err := t.row([]any{&n}, `SELECT count(*) FROM entry WHERE partner = ? AND number = ? AND holds = 1`, partner, wish); err != nil {
			return 0, err
		}
		if n == 0 {
			return wish, nil
		}
	}
	var last int64
	if err := t.row([]any{&last}, `SELECT last FROM number WHERE partner = ?`, partner); err != nil && !isNone(err) {
		return 0, err
	}
	n, err := t.gap(partner, last+1, catalog.MaxNumber)
	if err == nil && n == 0 {
		n, err = t.gap(partner, 1, last)
	}
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, fmt.Errorf("partner %s: %w", partner, catalog.ErrNumbers)
	}
	_, err = t.write(`INSERT INTO number (partner, last) VALUES (?, ?)
ON CONFLICT (partner) DO UPDATE SET last = excluded.last`, partner, n)
	return n, err
}

// gap finds the lowest free number from low to high, or 0.
func (t *tx) gap(partner string, low, high int64) (int64, error) {
	if low > high {
		return 0, nil
	}
	rows, err := t.query(`SELECT DISTINCT number FROM entry WHERE partner = ? AND number BETWEEN ? AND ? AND holds = 1 ORDER BY number`,
		partner, low, high)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	next := low
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return 0, classify(t.w.path, err)
		}
		if n > next {
			break
		}
		next = n + 1
	}
	if next > high {
		next = 0
	}
	return next, classify(t.w.path, rows.Err())
}

// Release implements catalog.Granter.
func (c *Catalog) Release(ctx context.Context, held catalog.Entry, g catalog.Grant) (catalog.Entry, error) {
	return c.take(ctx, "release", held, func(t *tx, s stored) (catalog.Entry, error) {
		// Judged before a number is spent.
		if e, err := catalog.ToReleased(s.Entry, held.Version, g, 0, c.now(), c.opt.Node); err != nil {
			return e, err
		}
		number, err := t.assign(s.Partner, g.Key.Number)
		if err != nil {
			return s.Entry, err
		}
		return catalog.ToReleased(s.Entry, held.Version, g, number, c.now(), c.opt.Node)
	})
}

// Restart implements catalog.Granter.
func (c *Catalog) Restart(ctx context.Context, found catalog.Entry, g catalog.Grant) (catalog.Entry, error) {
	return c.take(ctx, "restart", found, func(_ *tx, s stored) (catalog.Entry, error) {
		return catalog.ToRestarted(s.Entry, found.Version, g, c.now(), c.opt.Node)
	})
}

func (c *Catalog) take(ctx context.Context, verb string, seen catalog.Entry, to func(*tx, stored) (catalog.Entry, error)) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.write(ctx, verb, func(t *tx) error {
		t.early = true
		s, err := t.find(seen.ID)
		if err != nil {
			return err
		}
		if out, err = to(t, s); err != nil {
			return err
		}
		before, _, err := encodeEntry(s.Entry)
		if err != nil {
			return err
		}
		return t.put(s, out, before)
	})
	return out, err
}

// Abandon implements catalog.Granter.
func (c *Catalog) Abandon(ctx context.Context, l catalog.Lease) error {
	return c.do(ctx, "abandon", &job{owed: true, run: func(t *tx) error {
		t.early = true
		s, err := t.find(l.ID)
		if err != nil {
			return err
		}
		if err := catalog.JudgeAbandon(s.Entry, l); err != nil {
			return err
		}
		if s.before != nil {
			_, err := t.restore(s)
			return err
		}
		return t.uncreate(s)
	}})
}

// restore makes an entry what it was before its grant; only the fence stays.
func (t *tx) restore(s stored) (catalog.Entry, error) {
	e, err := decodeEntry(t.w.path, s.before, sum(s.before))
	if err != nil {
		return e, err
	}
	e.Owner.Fence = s.Owner.Fence
	if e.Superseded == "" {
		e.Superseded = s.Superseded // lost meanwhile, and not to be had back
	}
	e.Point, e.Ahead = s.Point, s.Ahead
	if err := t.undecide(s.seq, e); err != nil {
		return e, err
	}
	return e, t.put(s, e, nil)
}

// uncreate removes an entry that was created and gives its key back.
func (t *tx) uncreate(s stored) error {
	rows, err := t.query(selectEntry+`WHERE e.superseded_by = ? AND e.superseded_by <> ''`, s.ID)
	twins, err := all(t.w.path, rows, err)
	if err != nil {
		return err
	}
	for _, twin := range t.current(twins) {
		if err := t.put(twin, catalog.ToReinstated(twin.Entry), twin.before); err != nil {
			return err
		}
	}
	return t.remove(s)
}
