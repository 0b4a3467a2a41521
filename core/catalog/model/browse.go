package model

import (
	"cmp"
	"context"
	"slices"

	"github.com/postern/postern/core/catalog"
)

// Shown implements catalog.Browser.
func (c *Catalog) Shown(ctx context.Context, l catalog.Look) (out []catalog.Entry, err error) {
	err = c.read(ctx, func() error {
		for _, it := range c.items {
			if l.Matches(it.Entry) {
				out = append(out, clone(it.Entry))
			}
		}
		slices.SortStableFunc(out, func(a, b catalog.Entry) int { return cmp.Compare(a.ShownAs(), b.ShownAs()) })
		out = out[:min(len(out), max(l.Limit, 1))]
		return nil
	})
	return out, err
}

// Rename implements catalog.Browser.
func (c *Catalog) Rename(ctx context.Context, id string, n catalog.Naming) (out catalog.Entry, err error) {
	err = c.write(ctx, func() error {
		it, err := c.find(id)
		if err != nil {
			return err
		}
		if out, err = catalog.ToRenamed(it.Entry, n, c.now()); err != nil {
			return err
		}
		it.become(out)
		c.hide(it.Entry)
		return nil
	})
	return out, err
}

// hide conceals the uploads whose place one takes.
func (c *Catalog) hide(e catalog.Entry) {
	for _, it := range c.items {
		if e.Hides(it.Entry) {
			it.Entry = catalog.ToConcealed(it.Entry)
		}
	}
}

// Conceal implements catalog.Browser.
func (c *Catalog) Conceal(ctx context.Context, ids ...string) error {
	return c.write(ctx, func() error {
		for _, id := range ids {
			if it := c.byID[id]; it != nil {
				it.Entry = catalog.ToConcealed(it.Entry)
			}
		}
		return nil
	})
}
