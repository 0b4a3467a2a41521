package sqlite

import (
	"context"

	"github.com/postern/postern/core/catalog"
)

// Create implements catalog.Granter.
func (c *Catalog) Create(ctx context.Context, e catalog.Entry) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.change(ctx, "create", func(t *tx) (err error) {
		t.early = true
		now := c.now()
		// Checked first: a twin must not lose its key to an entry that is refused.
		if out, err = catalog.ToCreated(e, 0, now, c.opt.Node); err != nil {
			return err
		}
		there, err := t.has(out.ID)
		if err == nil {
			err = t.supersede(out, c)
		}
		if err != nil {
			return err
		}
		number, err := t.assign(out.Partner, e.Key.Number)
		if err != nil {
			return err
		}
		if out, err = catalog.ToCreated(e, number, now, c.opt.Node); err != nil {
			return err
		}
		return t.insert(out, there)
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
		there, err := t.has(out.ID)
		if err == nil {
			err = t.insert(out, there)
		}
		if err != nil {
			return err
		}
		_, err = t.write(`DELETE FROM preparation WHERE id = ?`, out.ID)
		return err
	})
	return out, err
}

const selectTwins = selectEntry + `WHERE e.partner = ? AND e.key_name = ? AND e.key_number = ? AND e.key_type = ? AND e.key_origin = ?
AND e.key_dest = ? AND e.key_direction = ? AND e.kind = 'file' AND e.stage = 'T' AND e.superseded_by = ''`

func twinArgs(e catalog.Entry) []any {
	return []any{e.Partner, e.Key.Name, e.Key.Number, e.Key.Type, e.Key.Origin, e.Key.Destination, string(e.Direction)}
}

// supersede takes the full key from an unfinished entry that has it. A send's
// number is new, so only what is received can have a twin.
func (t *tx) supersede(e catalog.Entry, c *Catalog) error {
	if e.Direction != catalog.Receive || e.Kind != catalog.File {
		return nil
	}
	twin := func(o *catalog.Entry) bool {
		return unfinished(o) && sameKey(o, e.Key)
	}
	f, query := keyFacet(e.Partner, e.Key), ""
	if t.w.census.has(f) {
		query = selectTwins
	}
	twins, err := t.entries(f, twin, query, twinArgs(e)...)
	for _, s := range twins {
		if err == nil {
			err = t.put(s, catalog.ToSuperseded(s.Entry, e.ID, c.now()), s.before)
		}
	}
	return err
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
	err := c.change(ctx, verb, func(t *tx) error {
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
	t.undecide(s, e)
	return e, t.put(s, e, nil)
}

// uncreate removes an entry that was created and gives its key back.
func (t *tx) uncreate(s stored) error {
	twins, err := t.entries(lostFacet(s.ID), nil, selectEntry+`WHERE e.superseded_by = ? AND e.superseded_by <> ''`, s.ID)
	if err != nil {
		return err
	}
	for _, twin := range twins {
		if err := t.put(twin, catalog.ToReinstated(twin.Entry, s.Entry), twin.before); err != nil {
			return err
		}
	}
	t.remove(s)
	return nil
}
