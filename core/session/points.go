package session

import (
	"context"
	"fmt"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// saveFor commits a receiver's points.
func (s *Session) saveFor(l catalog.Lease) func(stream.Mark) error {
	return func(m stream.Mark) error {
		return s.house.Catalog.Checkpoint(context.Background(), catalog.Checkpoint{Lease: l, Point: pointOf(m)})
	}
}

// savePoints commits a sender's points.
func (s *Session) savePoints(l catalog.Lease, bug stream.Bug) exchange.SavePoints {
	return func(last stream.Mark, ahead []stream.Mark) (err error) {
		defer bug.Caught(&err)
		return s.house.Catalog.Checkpoint(context.Background(),
			catalog.Checkpoint{Lease: l, Point: pointOf(last), Ahead: aheadOf(ahead)})
	}
}

// bugs logs the panics of a transfer's streams, which end it and nothing else.
func (s *Session) bugs(t *transfer) stream.Bug {
	id, partner := t.entry.ID, s.partner.ID
	return func(value any, stack []byte) {
		s.log("panic in a transfer", "transfer", id, "partner", partner, "panic", fmt.Sprint(value), "stack", string(stack))
	}
}

// scopeOf says whose filters a transfer passes.
func (s *Session) scopeOf(t *transfer) chain.Scope {
	scope := s.scope
	scope.Flow = t.flow.ID
	return scope
}

// canGoOn reports whether the filters of a transfer stand in the way of a restart at a point: those that are configured
// now must be those that the bytes before it passed, none included, and must know their state there.
func (s *Session) canGoOn(t *transfer, m stream.Mark) bool {
	switch filtered := s.snap.Chain.Filtered(&t.facts, s.scopeOf(t)); {
	case m.Point == 0:
		return true
	case filtered:
		return s.snap.Chain.Resumable(&t.facts, s.scopeOf(t), m.Filter)
	default:
		return m.Filter == nil
	}
}

// openFilters opens the filters of a transfer where the data begins; nil when there are none.
func (s *Session) openFilters(ctx context.Context, t *transfer, from stream.Mark) (*chain.Filters, error) {
	t.facts.Filter = &sdk.FilterFacts{Direction: t.direction}
	state := from.Filter
	if from.Point == 0 {
		state = nil
	}
	return s.snap.Chain.Filters(ctx, &t.facts, s.scopeOf(t), state)
}

// streamed is the filters as a stream takes them: no filters are a nil interface.
func streamed(f *chain.Filters) stream.Filters {
	if f == nil {
		return nil
	}
	return f
}

// markOf is a catalog's point as the stream knows it.
func markOf(p catalog.Point) stream.Mark {
	return stream.Mark{Position: stream.Position{Point: p.Number, File: p.FileOffset, Wire: p.WireOffset,
		Records: p.Records, Digest: p.Digest, Filter: p.Filter}, State: p.Protocol, Backend: p.Backend}
}

// pointOf is the way back.
func pointOf(m stream.Mark) catalog.Point {
	return catalog.Point{Number: m.Point, FileOffset: m.File, WireOffset: m.Wire, Records: m.Records,
		Protocol: m.State, Backend: m.Backend, Digest: m.Digest, Filter: m.Filter}
}

// maxStates is what the filter states of the points ahead of the acknowledged one may take together, in bytes.
const maxStates = 512 << 10

// aheadOf makes catalog points of those said and not acknowledged. Beyond maxStates they are kept without the state of
// the filters: a restart from them is refused, one from an earlier point is not.
func aheadOf(marks []stream.Mark) []catalog.Point {
	var out []catalog.Point
	states := 0
	for _, m := range marks {
		if states += len(m.Filter); states > maxStates {
			m.Filter = stream.Stuck()
		}
		out = append(out, pointOf(m))
	}
	return out
}
