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
	c.w.settle(ctx)
	query, name := shownAfter, l.After
	if l.Name != "" {
		query, name = shownNamed, l.Name
	}
	rows, err := c.reads.query(ctx, query, l.Partner, l.Flow, name, max(l.Limit, 1))
	page, err := all(c.path, rows, err)
	if err != nil {
		return nil, fmt.Errorf("catalog: show flow %s: %w", l.Flow, err)
	}
	out := make([]catalog.Entry, len(page))
	for i, s := range page {
		out[i] = s.Entry
	}
	return out, nil
}

// Rename implements catalog.Browser.
func (c *Catalog) Rename(ctx context.Context, id string, n catalog.Naming) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.write(ctx, "rename", func(t *tx) error {
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
	rows, err := t.query(shownNamed, e.Partner, e.Flow, name, 100)
	page, err := all(t.w.path, rows, err)
	for _, s := range page {
		if err == nil && e.Hides(s.Entry) {
			err = t.put(s, catalog.ToConcealed(s.Entry), s.before)
		}
	}
	return err
}

// Conceal implements catalog.Browser.
func (c *Catalog) Conceal(ctx context.Context, ids ...string) error {
	return c.write(ctx, "conceal", func(t *tx) error {
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
