package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/core/catalog"
)

const node = "local"

// Create implements catalog.Granter.
func (c *Catalog) Create(ctx context.Context, e catalog.Entry) (out catalog.Entry, err error) {
	err = c.write(ctx, func() (err error) {
		if out, err = catalog.ToCreated(e, 0, c.now(), node); err != nil {
			return err
		}
		if c.byID[e.ID] != nil {
			return fmt.Errorf("entry %s: %w", e.ID, catalog.ErrExists)
		}
		for _, it := range c.items {
			if twins(it.Entry, out) {
				it.Entry = catalog.ToSuperseded(it.Entry, out.ID, c.now())
			}
		}
		number, err := c.assign(out.Partner, e.Key.Number)
		if err != nil {
			return err
		}
		if out, err = catalog.ToCreated(e, number, c.now(), node); err != nil {
			return err
		}
		return c.add(out)
	})
	return out, err
}

func twins(old, e catalog.Entry) bool {
	return e.Direction == catalog.Receive && e.Kind == catalog.File && old.Kind == catalog.File &&
		old.Key == e.Key && old.Stage == catalog.StageTransfer && old.Superseded == ""
}

func (c *Catalog) assign(partner string, wish int64) (int64, error) {
	used := map[int64]bool{}
	for _, it := range c.items {
		if it.Partner == partner && it.Holds() {
			used[it.Number] = true
		}
	}
	if wish > 0 && wish <= catalog.MaxNumber && !used[wish] {
		return wish, nil
	}
	n := c.last[partner]
	for range catalog.MaxNumber {
		if n++; n > catalog.MaxNumber {
			n = 1
		}
		if !used[n] {
			c.last[partner] = n
			return n, nil
		}
	}
	return 0, fmt.Errorf("partner %s: %w", partner, catalog.ErrNumbers)
}

// Offer implements catalog.Offers.
func (c *Catalog) Offer(ctx context.Context, e catalog.Entry) (out catalog.Entry, err error) {
	err = c.write(ctx, func() (err error) {
		if out, err = catalog.ToOffered(e, c.now()); err != nil {
			return err
		}
		if err := c.add(out); err != nil {
			return err
		}
		c.forget(out.ID)
		return nil
	})
	return out, err
}

// Held implements catalog.Linker.
func (c *Catalog) Held(ctx context.Context, w catalog.Wanted) (e catalog.Entry, err error) {
	err = c.read(ctx, func() error {
		var best *item
		for _, it := range c.items {
			if w.Matches(it.Entry) && (best == nil || it.Priority < best.Priority) {
				best = it
			}
		}
		if best == nil {
			return catalog.ErrNone
		}
		e = clone(best.Entry)
		return nil
	})
	return e, err
}

func (c *Catalog) newest(key catalog.RestartKey) *item {
	var found *item
	for _, it := range c.items {
		if key != (catalog.RestartKey{}) && it.Kind == catalog.File && it.Role == catalog.Server && it.Key == key {
			found = it
		}
	}
	return found
}

// Restartable implements catalog.Linker.
func (c *Catalog) Restartable(ctx context.Context, key catalog.RestartKey) (e catalog.Entry, err error) {
	err = c.read(ctx, func() error {
		it := c.newest(key)
		if it == nil {
			return catalog.ErrRestartUnknown
		}
		e = clone(it.Entry)
		return catalog.JudgeRestart(e)
	})
	return e, err
}

// Release implements catalog.Granter.
func (c *Catalog) Release(ctx context.Context, held catalog.Entry, g catalog.Grant) (catalog.Entry, error) {
	return c.take(ctx, held, func(e catalog.Entry) (catalog.Entry, error) {
		if out, err := catalog.ToReleased(e, held.Version, g, 0, c.now(), node); err != nil {
			return out, err
		}
		number, err := c.assign(e.Partner, g.Key.Number)
		if err != nil {
			return e, err
		}
		return catalog.ToReleased(e, held.Version, g, number, c.now(), node)
	})
}

// Restart implements catalog.Granter.
func (c *Catalog) Restart(ctx context.Context, found catalog.Entry, g catalog.Grant) (catalog.Entry, error) {
	return c.take(ctx, found, func(e catalog.Entry) (catalog.Entry, error) {
		return catalog.ToRestarted(e, found.Version, g, c.now(), node)
	})
}

func (c *Catalog) take(ctx context.Context, seen catalog.Entry, to func(catalog.Entry) (catalog.Entry, error)) (out catalog.Entry, err error) {
	err = c.write(ctx, func() error {
		it, err := c.find(seen.ID)
		if err != nil {
			return err
		}
		if out, err = to(clone(it.Entry)); err != nil {
			return err
		}
		before := it.Entry
		it.become(out)
		it.before = &before
		return nil
	})
	return out, err
}

// Begin implements catalog.Progress.
func (c *Catalog) Begin(ctx context.Context, l catalog.Lease) error {
	_, err := c.move(ctx, l.ID, func(e catalog.Entry) (catalog.Entry, error) { return catalog.ToBegun(e, l) })
	return err
}

// Abandon implements catalog.Progress.
func (c *Catalog) Abandon(ctx context.Context, l catalog.Lease) error {
	return c.write(ctx, func() error {
		it, err := c.find(l.ID)
		if err != nil {
			return err
		}
		if err := catalog.JudgeAbandon(it.Entry, l); err != nil {
			return err
		}
		if it.before != nil {
			it.restore()
			return nil
		}
		for _, twin := range c.items {
			if twin.Superseded == it.ID {
				twin.Entry = catalog.ToReinstated(twin.Entry, it.Entry)
			}
		}
		c.remove(it)
		return nil
	})
}

func (it *item) restore() {
	fence, superseded := it.Owner.Fence, it.Superseded
	it.Entry, it.before = *it.before, nil
	it.decisions = it.decisions[:min(int64(len(it.decisions)), it.Decided)]
	it.Owner.Fence = fence
	if it.Superseded == "" {
		it.Superseded = superseded
	}
}

// Checkpoint implements catalog.Progress.
func (c *Catalog) Checkpoint(ctx context.Context, points ...catalog.Checkpoint) error {
	if len(points) == 0 {
		return nil
	}
	var failed error
	err := c.write(ctx, func() error {
		for _, p := range points {
			it, err := c.find(p.Lease.ID)
			if err == nil {
				var e catalog.Entry
				if e, err = catalog.ToCheckpoint(it.Entry, p, c.now()); err == nil {
					it.Entry = clone(e)
				}
			}
			failed = errors.Join(failed, err)
		}
		return nil
	})
	return errors.Join(err, failed)
}

// Ending implements catalog.Progress.
func (c *Catalog) Ending(ctx context.Context, l catalog.Lease, o catalog.Outcome) error {
	_, err := c.move(ctx, l.ID, func(e catalog.Entry) (catalog.Entry, error) { return catalog.ToEnding(e, l, o) })
	return err
}

// End implements catalog.Progress.
func (c *Catalog) End(ctx context.Context, l catalog.Lease, o catalog.Outcome) (catalog.Entry, error) {
	return c.move(ctx, l.ID, func(e catalog.Entry) (catalog.Entry, error) {
		out, err := catalog.ToEnded(e, l, o, c.now())
		if err == nil {
			c.hide(out)
		}
		return c.queue(out, err, o.Notify)
	})
}

// Interrupt implements catalog.Progress.
func (c *Catalog) Interrupt(ctx context.Context, l catalog.Lease, i catalog.Interruption) (catalog.Entry, error) {
	return c.move(ctx, l.ID, func(e catalog.Entry) (catalog.Entry, error) {
		out, err := catalog.ToInterrupted(e, l, i, c.now())
		return c.queue(out, err, i.Notify)
	})
}

func (c *Catalog) queue(e catalog.Entry, err error, notify bool) (catalog.Entry, error) {
	if err == nil && notify {
		c.events = append(c.events, catalog.NewEvent(e))
	}
	return e, err
}
