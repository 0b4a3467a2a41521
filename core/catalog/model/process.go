package model

import (
	"maps"
	"slices"

	"github.com/postern/postern/core/catalog"
)

// Clone returns a catalog that holds what this one holds now: what a new process would find if this one died.
func (c *Catalog) Clone() *Catalog {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := New(c.now)
	for _, it := range c.items {
		copied := *it
		copied.decisions = slices.Clone(it.decisions)
		if it.before != nil {
			before := *it.before
			copied.before = &before
		}
		out.items = append(out.items, &copied)
		out.byID[copied.ID] = &copied
	}
	out.last, out.overrides = maps.Clone(c.last), maps.Clone(c.overrides)
	out.events, out.refusals = slices.Clone(c.events), append([]catalog.Refusal(nil), c.refusals...)
	return out
}
