package model

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/postern/postern/core/catalog"
)

// Keep implements catalog.Operator.
func (c *Catalog) Keep(ctx context.Context, id, by string) (catalog.Entry, error) {
	return c.move(ctx, id, func(e catalog.Entry) (catalog.Entry, error) { return catalog.ToKept(e, by, c.now()) })
}

// Lift implements catalog.Operator.
func (c *Catalog) Lift(ctx context.Context, id, by string) (catalog.Entry, error) {
	return c.move(ctx, id, func(e catalog.Entry) (catalog.Entry, error) { return catalog.ToLifted(e, by, c.now()) })
}

// Resume implements catalog.Operator.
func (c *Catalog) Resume(ctx context.Context, id, by string) (catalog.Entry, error) {
	return c.move(ctx, id, func(e catalog.Entry) (catalog.Entry, error) {
		e, err := catalog.ToResumed(e, by, c.now())
		if err == nil && e.Stage == catalog.StageAfter {
			for i, v := range slices.Backward(c.events) {
				if v.EntryID == e.ID {
					c.events[i] = v.Again(e)
					break
				}
			}
		}
		return e, err
	})
}

// Delete implements catalog.Operator.
func (c *Catalog) Delete(ctx context.Context, id, _ string) (out catalog.Entry, err error) {
	err = c.write(ctx, func() error {
		it, err := c.find(id)
		if err != nil {
			return err
		}
		if err := catalog.JudgeDelete(it.Entry); err != nil {
			return err
		}
		out = it.Entry
		c.remove(it)
		return nil
	})
	return out, err
}

// Acknowledge implements catalog.Acknowledger.
func (c *Catalog) Acknowledge(ctx context.Context, a catalog.Ack) (out catalog.Entry, err error) {
	err = c.write(ctx, func() (err error) {
		it := c.newest(a.Key)
		if it == nil {
			return catalog.ErrNotFound
		}
		if out, err = catalog.ToAcknowledged(it.Entry, a, c.now()); err == nil {
			it.become(out)
		}
		return err
	})
	return out, err
}

// Recover implements catalog.Keeper.
func (c *Catalog) Recover(ctx context.Context, notify bool) (out []catalog.Entry, err error) {
	err = c.write(ctx, func() error {
		for _, it := range c.items {
			if it.Status() != catalog.Running {
				continue
			}
			if it.before != nil && !it.Begun {
				it.restore()
			} else {
				it.Entry, _ = c.queue(catalog.ToCrashed(it.Entry, c.now()), nil, notify)
				it.before = nil
			}
			out = append(out, clone(it.Entry))
		}
		return nil
	})
	return out, err
}

// Purge implements catalog.Keeper.
func (c *Catalog) Purge(ctx context.Context, r catalog.Retention, limit int) (out []catalog.Entry, err error) {
	err = c.write(ctx, func() error {
		if limit < 1 || limit > 10000 {
			return fmt.Errorf("purge: %w: limit %d", catalog.ErrInvalid, limit)
		}
		for _, it := range slices.Clone(c.items) {
			keep := r.Expires(it.Entry)
			if keep > 0 && it.UpdatedAt.Before(catalog.Instant(c.now()).Add(-keep)) && !c.pending(it.ID) && len(out) < limit {
				out = append(out, it.Entry)
				c.remove(it)
			}
		}
		return nil
	})
	return out, err
}

func (c *Catalog) pending(id string) bool {
	return slices.ContainsFunc(c.events, func(v catalog.Event) bool { return v.EntryID == id && !v.DueAt.IsZero() })
}

// Due implements catalog.Events.
func (c *Catalog) Due(ctx context.Context, limit int) (out []catalog.Event, err error) {
	err = c.read(ctx, func() error {
		for _, v := range c.events {
			if !v.DueAt.IsZero() && !v.DueAt.After(c.now()) {
				out = append(out, v)
			}
		}
		slices.SortStableFunc(out, func(a, b catalog.Event) int { return a.DueAt.Compare(b.DueAt) })
		out = out[:min(len(out), limit)]
		return nil
	})
	return out, err
}

func (c *Catalog) event(id string) (int, error) {
	i := slices.IndexFunc(c.events, func(v catalog.Event) bool { return v.ID == id })
	if i < 0 {
		return 0, fmt.Errorf("event %s: %w", id, catalog.ErrNotFound)
	}
	return i, nil
}

// Settle implements catalog.Events.
func (c *Catalog) Settle(ctx context.Context, eventID string, f catalog.FollowUp) (applied bool, err error) {
	var illegal error
	err = c.write(ctx, func() error {
		i, err := c.event(eventID)
		if err != nil {
			return err
		}
		v := c.events[i]
		c.events = slices.Delete(c.events, i, i+1)
		it, err := c.find(v.EntryID)
		if err != nil {
			return err
		}
		var e catalog.Entry
		var gone bool
		if e, gone, applied, illegal = catalog.ToSettled(it.Entry, v, f, c.now()); gone {
			c.remove(it)
		} else {
			it.become(e)
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
	return c.write(ctx, func() error {
		i, err := c.event(eventID)
		if err != nil {
			return err
		}
		v := &c.events[i]
		v.Attempt, v.Reason, v.DueAt = v.Attempt+1, why, time.Time{}
		if !until.IsZero() {
			v.DueAt = catalog.Instant(until)
		}
		return nil
	})
}
