package model

import (
	"bytes"
	"maps"
	"slices"

	"github.com/postern/postern/core/catalog"
)

// clone copies an entry so that neither side can change the other's.
func clone(e catalog.Entry) catalog.Entry {
	e.Attributes, e.Labels = maps.Clone(e.Attributes), maps.Clone(e.Labels)
	e.Terms = slices.Clone(e.Terms)
	e.Decisions = slices.Clone(e.Decisions)
	e.Point = clonePoint(e.Point)
	e.Ahead = slices.Clone(e.Ahead)
	for i := range e.Ahead {
		e.Ahead[i] = clonePoint(e.Ahead[i])
	}
	return e
}

func clonePoint(p catalog.Point) catalog.Point {
	p.Protocol, p.Backend, p.Digest = bytes.Clone(p.Protocol), bytes.Clone(p.Backend), bytes.Clone(p.Digest)
	p.Filter = bytes.Clone(p.Filter)
	return p
}
