package sqlite

import (
	"context"

	"github.com/postern/postern/core/catalog"
)

// Keep implements catalog.Operator.
func (c *Catalog) Keep(ctx context.Context, id, by string) (catalog.Entry, error) {
	return c.move(ctx, "keep", id, func(_ *tx, s stored) (catalog.Entry, error) {
		return catalog.ToKept(s.Entry, by, c.now())
	})
}

// Lift implements catalog.Operator.
func (c *Catalog) Lift(ctx context.Context, id, by string) (catalog.Entry, error) {
	return c.move(ctx, "release", id, func(_ *tx, s stored) (catalog.Entry, error) {
		return catalog.ToLifted(s.Entry, by, c.now())
	})
}

// Resume implements catalog.Operator.
func (c *Catalog) Resume(ctx context.Context, id, by string) (catalog.Entry, error) {
	return c.moveIn(c.write, ctx, "resume", id, func(t *tx, s stored) (catalog.Entry, error) { // the database has the event
		e, err := catalog.ToResumed(s.Entry, by, c.now())
		if err == nil && e.Stage == catalog.StageAfter {
			err = t.askAgain(s, e)
		}
		return e, err
	})
}

// Delete implements catalog.Operator.
func (c *Catalog) Delete(ctx context.Context, id, _ string) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.change(ctx, "delete", func(t *tx) error {
		s, err := t.find(id)
		if err != nil {
			return err
		}
		if err := catalog.JudgeDelete(s.Entry); err != nil {
			return err
		}
		out = s.Entry
		t.remove(s)
		return nil
	})
	return out, err
}

// Acknowledge implements catalog.Acknowledger.
func (c *Catalog) Acknowledge(ctx context.Context, a catalog.Ack) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.change(ctx, "acknowledge", func(t *tx) error {
		s, found, err := t.newest(a.Key)
		if err != nil {
			return err
		}
		if !found {
			return catalog.ErrNotFound
		}
		if out, err = catalog.ToAcknowledged(s.Entry, a, c.now()); err != nil {
			return err
		}
		return t.put(s, out, nil)
	})
	return out, err
}
