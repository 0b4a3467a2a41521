package model

import (
	"context"
	"fmt"
	"slices"

	"github.com/postern/postern/core/catalog"
)

// Prepare implements catalog.Preparer.
func (c *Catalog) Prepare(ctx context.Context, e catalog.Entry) error {
	return c.write(ctx, func() error {
		checked, err := catalog.ToOffered(e, c.now())
		if err != nil {
			return err
		}
		if c.noted(e.ID) >= 0 {
			return fmt.Errorf("preparation %s: %w", e.ID, catalog.ErrExists)
		}
		checked.Point.Backend = e.Point.Backend
		c.prepared = append(c.prepared, clone(checked))
		return nil
	})
}

// Withdraw implements catalog.Preparer.
func (c *Catalog) Withdraw(ctx context.Context, id string) error {
	return c.write(ctx, func() error {
		if !c.forget(id) {
			return fmt.Errorf("preparation %s: %w", id, catalog.ErrNotFound)
		}
		return nil
	})
}

// Prepared implements catalog.Preparer.
func (c *Catalog) Prepared(ctx context.Context) (out []catalog.Entry, err error) {
	err = c.read(ctx, func() error {
		for _, e := range c.prepared {
			out = append(out, clone(e))
		}
		return nil
	})
	return out, err
}

func (c *Catalog) noted(id string) int {
	return slices.IndexFunc(c.prepared, func(e catalog.Entry) bool { return e.ID == id })
}

func (c *Catalog) forget(id string) bool {
	i := c.noted(id)
	if i < 0 {
		return false
	}
	c.prepared = slices.Delete(c.prepared, i, i+1)
	return true
}
