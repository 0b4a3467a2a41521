package model

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/postern/postern/core/catalog"
)

// Refuse implements catalog.Refusals.
func (c *Catalog) Refuse(ctx context.Context, refusals ...catalog.Refusal) error {
	return c.write(ctx, func() error {
		for _, r := range refusals {
			c.refuse(r.Normal(c.now()))
		}
		return nil
	})
}

func (c *Catalog) refuse(r catalog.Refusal) {
	equal, newest := 0, 0
	for i, x := range c.refusals {
		if x.Print() == r.Print() && x.Time.After(r.Time.Add(-catalog.FloodWindow)) && !x.Time.After(r.Time) {
			equal, newest = equal+1, i
		}
	}
	if equal < catalog.FloodLimit {
		c.refusals = append(c.refusals, r)
		return
	}
	x := &c.refusals[newest]
	x.Count += r.Count
	if r.LastTime.After(x.LastTime) {
		x.LastTime = r.LastTime
	}
}

// Refused implements catalog.Refusals.
func (c *Catalog) Refused(ctx context.Context, f catalog.RefusalFilter) iter.Seq2[catalog.Refusal, error] {
	return func(yield func(catalog.Refusal, error) bool) {
		var out []catalog.Refusal
		err := c.read(ctx, func() error {
			for _, r := range c.refusals {
				if f.Matches(r) {
					out = append(out, r)
				}
			}
			return nil
		})
		each(out, err, f.Limit, f.Last, yield)
	}
}

// PurgeRefusals implements catalog.Refusals.
func (c *Catalog) PurgeRefusals(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = c.write(ctx, func() error {
		c.refusals = slices.DeleteFunc(c.refusals, func(r catalog.Refusal) bool {
			if n >= limit || !r.Time.Before(before) {
				return false
			}
			n++
			return true
		})
		return nil
	})
	return n, err
}

// SetPartner implements catalog.Partners.
func (c *Catalog) SetPartner(ctx context.Context, o catalog.PartnerOverride) error {
	return c.write(ctx, func() error {
		switch {
		case o.Partner == "":
			return fmt.Errorf("%w: an override without a partner", catalog.ErrInvalid)
		case o.Enabled == nil:
			delete(c.overrides, o.Partner)
			return nil
		case o.At.IsZero():
			o.At = c.now()
		}
		o.At = catalog.Instant(o.At)
		c.overrides[o.Partner] = o
		return nil
	})
}

// PartnerOverrides implements catalog.Partners.
func (c *Catalog) PartnerOverrides(ctx context.Context) (out map[string]catalog.PartnerOverride, err error) {
	err = c.read(ctx, func() error {
		out = maps.Clone(c.overrides)
		return nil
	})
	return out, err
}
