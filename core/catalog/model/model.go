// Package model is the catalog in memory: the plainest implementation of the
// interface, against which others are compared, and which tests of the core
// use. It is not for serving: nothing survives the process.
//
// The main call is New.
package model

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/postern/postern/core/catalog"
)

// Catalog is a catalog in memory.
type Catalog struct {
	mu        sync.Mutex
	now       func() time.Time
	items     []*item // in the order of creation
	byID      map[string]*item
	last      map[string]int64 // number last assigned, by partner
	events    []catalog.Event
	refusals  []catalog.Refusal
	overrides map[string]catalog.PartnerOverride
	prepared  []catalog.Entry // in the order of Prepare
	stats     catalog.Stats
	closed    bool
}

type item struct {
	catalog.Entry
	decisions []catalog.Decision
	before    *catalog.Entry // while a grant may be undone
}

// become makes the entry what a transition has made of it, and stores the decisions that it added.
func (it *item) become(e catalog.Entry) {
	kept, _ := e.NewDecisions()
	it.decisions = append(it.decisions, kept...)
	e.Decisions = nil
	it.Entry = clone(e)
}

// whole is the entry with its decisions.
func (it *item) whole() catalog.Entry {
	e := clone(it.Entry)
	e.Decisions = append([]catalog.Decision(nil), it.decisions...)
	return e
}

var _ catalog.Catalog = (*Catalog)(nil)

// New makes an empty catalog; now nil is time.Now.
func New(now func() time.Time) *Catalog {
	if now == nil {
		now = time.Now
	}
	return &Catalog{now: now, byID: map[string]*item{}, last: map[string]int64{}, overrides: map[string]catalog.PartnerOverride{}}
}

// read and write run f under the lock and count it.
func (c *Catalog) read(ctx context.Context, f func() error) error {
	return c.locked(ctx, &c.stats.Reads, f)
}

func (c *Catalog) write(ctx context.Context, f func() error) error {
	return c.locked(ctx, &c.stats.Writes, func() error {
		err := f()
		if err == nil {
			c.stats.Commits++
		}
		return err
	})
}

func (c *Catalog) locked(ctx context.Context, count *int64, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return catalog.ErrClosed
	}
	*count++
	return f()
}

func (c *Catalog) find(id string) (*item, error) {
	it := c.byID[id]
	if it == nil {
		return nil, fmt.Errorf("entry %s: %w", id, catalog.ErrNotFound)
	}
	return it, nil
}

// move applies a transition to one entry.
func (c *Catalog) move(ctx context.Context, id string, to func(catalog.Entry) (catalog.Entry, error)) (catalog.Entry, error) {
	var out catalog.Entry
	err := c.write(ctx, func() error {
		it, err := c.find(id)
		if err != nil {
			return err
		}
		if out, err = to(it.Entry); err != nil {
			return err
		}
		it.become(out)
		it.before = nil
		return nil
	})
	return out, err
}

func (c *Catalog) add(e catalog.Entry) error {
	if c.byID[e.ID] != nil {
		return fmt.Errorf("entry %s: %w", e.ID, catalog.ErrExists)
	}
	it := &item{}
	it.become(e)
	c.items = append(c.items, it)
	c.byID[e.ID] = it
	return nil
}

func (c *Catalog) remove(it *item) {
	c.items = slices.DeleteFunc(c.items, func(x *item) bool { return x == it })
	delete(c.byID, it.ID)
	c.events = slices.DeleteFunc(c.events, func(v catalog.Event) bool { return v.EntryID == it.ID })
}

// Get implements catalog.Reader.
func (c *Catalog) Get(ctx context.Context, id string) (e catalog.Entry, err error) {
	err = c.read(ctx, func() error {
		if it := c.byID[id]; it != nil {
			e = it.whole()
			return nil
		}
		found := 0
		for _, it := range c.items {
			if len(id) >= catalog.MinPrefix && strings.HasPrefix(it.ID, id) {
				e = it.whole()
				found++
			}
		}
		switch found {
		case 0:
			return fmt.Errorf("entry %q: %w", id, catalog.ErrNotFound)
		case 1:
			return nil
		}
		e = catalog.Entry{}
		return fmt.Errorf("entry %q: %w", id, catalog.ErrAmbiguous)
	})
	return e, err
}

// Decisions implements catalog.Explainer.
func (c *Catalog) Decisions(ctx context.Context, id string) ([]catalog.Decision, int64, error) {
	e, err := c.Get(ctx, id)
	return e.Decisions, e.Decided - int64(len(e.Decisions)), err
}

// List implements catalog.Reader.
func (c *Catalog) List(ctx context.Context, f catalog.Filter) iter.Seq2[catalog.Entry, error] {
	return func(yield func(catalog.Entry, error) bool) {
		var out []catalog.Entry
		err := c.read(ctx, func() error {
			for _, it := range c.items {
				if f.Matches(it.Entry) {
					out = append(out, clone(it.Entry))
				}
			}
			return nil
		})
		each(out, err, f.Limit, f.Last, yield)
	}
}

// each yields at most limit of rows, the first or the last ones.
func each[T any](rows []T, err error, limit int, last bool, yield func(T, error) bool) {
	if err != nil {
		var none T
		yield(none, err)
		return
	}
	if limit > 0 && len(rows) > limit {
		if last {
			rows = rows[len(rows)-limit:]
		} else {
			rows = rows[:limit]
		}
	}
	for _, row := range rows {
		if !yield(row, nil) {
			return
		}
	}
}

// Stats implements catalog.Meter.
func (c *Catalog) Stats() catalog.Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Close implements catalog.Catalog.
func (c *Catalog) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}
