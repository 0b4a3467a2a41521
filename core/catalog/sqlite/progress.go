package sqlite

import (
	"context"
	"errors"

	"github.com/postern/postern/core/catalog"
)

// Begin implements catalog.Progress.
func (c *Catalog) Begin(ctx context.Context, l catalog.Lease) error {
	return c.change(ctx, "begin", func(t *tx) error {
		t.early = true
		s, err := t.find(l.ID)
		if err != nil {
			return err
		}
		e, err := catalog.ToBegun(s.Entry, l)
		if err != nil || s.Begun {
			return err
		}
		return t.put(s, e, nil)
	})
}

// Checkpoint implements catalog.Progress.
func (c *Catalog) Checkpoint(ctx context.Context, points ...catalog.Checkpoint) error {
	if len(points) == 0 {
		return nil
	}
	var failed error
	err := c.change(ctx, "checkpoint", func(t *tx) error {
		for _, p := range points {
			bad, err := t.checkpoint(p, c)
			if err != nil {
				return err
			}
			failed = errors.Join(failed, bad)
		}
		return nil
	})
	return errors.Join(err, failed)
}

// checkpoint stores one entry's point: bad is that entry's own failure, err
// the storage's.
func (t *tx) checkpoint(p catalog.Checkpoint, c *Catalog) (bad, err error) {
	s, err := t.find(p.Lease.ID)
	if errors.Is(err, catalog.ErrNotFound) {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	e, bad := catalog.ToCheckpoint(s.Entry, p, c.now())
	if bad != nil {
		return bad, nil
	}
	t.point(s, e)
	return nil, nil
}

// End implements catalog.Progress.
func (c *Catalog) End(ctx context.Context, l catalog.Lease, o catalog.Outcome) (catalog.Entry, error) {
	return c.move(ctx, "end", l.ID, func(t *tx, s stored) (catalog.Entry, error) {
		t.early = s.Ending != nil // what was noted there is as good after a crash
		t.owed = t.early
		e, err := catalog.ToEnded(s.Entry, l, o, c.now())
		if err == nil && o.Notify {
			err = t.queue(s, e)
		}
		if err == nil {
			err = t.hide(e)
		}
		return e, err
	})
}

// Ending implements catalog.Progress.
func (c *Catalog) Ending(ctx context.Context, l catalog.Lease, o catalog.Outcome) error {
	return c.change(ctx, "ending", func(t *tx) error {
		s, err := t.find(l.ID)
		if err != nil {
			return err
		}
		e, err := catalog.ToEnding(s.Entry, l, o)
		if err != nil {
			return err
		}
		return t.put(s, e, nil)
	})
}

// Interrupt implements catalog.Progress.
func (c *Catalog) Interrupt(ctx context.Context, l catalog.Lease, i catalog.Interruption) (catalog.Entry, error) {
	return c.move(ctx, "interrupt", l.ID, func(t *tx, s stored) (catalog.Entry, error) {
		e, err := catalog.ToInterrupted(s.Entry, l, i, c.now())
		if err == nil && i.Notify {
			err = t.queue(s, e)
		}
		return e, err
	})
}

// move applies a transition to one entry.
func (c *Catalog) move(ctx context.Context, verb, id string, to func(*tx, stored) (catalog.Entry, error)) (catalog.Entry, error) {
	return c.moveIn(c.change, ctx, verb, id, to)
}

// moveIn is move in a call of the given kind: change or write.
func (c *Catalog) moveIn(call func(context.Context, string, func(*tx) error) error, ctx context.Context, verb, id string,
	to func(*tx, stored) (catalog.Entry, error)) (catalog.Entry, error) {
	var out catalog.Entry
	err := call(ctx, verb, func(t *tx) error {
		s, err := t.find(id)
		if err != nil {
			return err
		}
		e, err := to(t, s)
		if err != nil {
			return err
		}
		if !t.again { // its caller may be reading it
			out = e
		}
		return t.put(s, e, nil)
	})
	return out, err
}
