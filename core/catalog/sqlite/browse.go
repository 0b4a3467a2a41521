package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/core/catalog"
)

const (
	shownAfter = selectEntry + `WHERE e.partner = ? AND e.flow = ? AND e.shown > ? AND e.shown <> '' ORDER BY e.shown, e.seq LIMIT ?`
	shownNamed = selectEntry + `WHERE e.partner = ? AND e.flow = ? AND e.shown = ? AND e.shown <> '' ORDER BY e.seq LIMIT ?`
)

// Shown implements catalog.Browser.
func (c *Catalog) Shown(ctx context.Context, l catalog.Look) ([]catalog.Entry, error) {
	c.reads.calls.Add(1)
	page, err := c.shown(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("catalog: show flow %s: %w", l.Flow, err)
	}
	out := make([]catalog.Entry, len(page))
	for i, s := range page {
		out[i] = s.Entry
	}
	return out, nil
}

func (c *Catalog) shown(ctx context.Context, l catalog.Look) (page []stored, err error) {
	if l.Name != "" {
		err = c.look(ctx, func(t *tx) (err error) {
			page, err = t.named(l.Partner, l.Flow, l.Name, max(l.Limit, 1))
			return err
		})
		return page, err
	}
	c.w.settle(ctx)
	rows, err := c.reads.query(ctx, shownAfter, l.Partner, l.Flow, l.After, max(l.Limit, 1))
	return all(c.path, rows, err)
}

// named reads the first entries that a partner finds under a name.
func (t *tx) named(partner, flow, name string, limit int) ([]stored, error) {
	page, err := t.entries(shownFacet(partner, flow, name), nil, shownNamed, partner, flow, name, t.room(limit))
	return page[:min(len(page), limit)], err
}

// Rename implements catalog.Browser.
func (c *Catalog) Rename(ctx context.Context, id string, n catalog.Naming) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.change(ctx, "rename", func(t *tx) error {
		s, err := t.find(id)
		if err != nil {
			return err
		}
		if out, err = catalog.ToRenamed(s.Entry, n, c.now()); err != nil {
			return err
		}
		if err := t.put(s, out, s.before); err != nil {
			return err
		}
		return t.hide(out)
	})
	return out, err
}

// hide conceals the uploads whose place one takes.
func (t *tx) hide(e catalog.Entry) error {
	name := e.ShownAs()
	if name == "" || e.Direction != catalog.Receive {
		return nil
	}
	page, err := t.named(e.Partner, e.Flow, name, 100)
	for _, s := range page {
		if err == nil && e.Hides(s.Entry) {
			err = t.put(s, catalog.ToConcealed(s.Entry), s.before)
		}
	}
	return err
}

// Conceal implements catalog.Browser.
func (c *Catalog) Conceal(ctx context.Context, ids ...string) error {
	return c.change(ctx, "conceal", func(t *tx) error {
		t.early = true // lost with the power, it is found out again
		for _, id := range ids {
			s, err := t.find(id)
			if errors.Is(err, catalog.ErrNotFound) || err == nil && !s.Listed {
				continue
			}
			if err == nil {
				err = t.put(s, catalog.ToConcealed(s.Entry), s.before)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
