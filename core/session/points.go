package session

import (
	"context"

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
func (s *Session) savePoints(l catalog.Lease) exchange.SavePoints {
	return func(last stream.Mark, ahead []stream.Mark) error {
		c := catalog.Checkpoint{Lease: l, Point: pointOf(last)}
		for _, m := range ahead {
			c.Ahead = append(c.Ahead, pointOf(m))
		}
		return s.house.Catalog.Checkpoint(context.Background(), c)
	}
}

// filtered reports whether a filter stands in the way of a restart in the middle.
func (s *Session) filtered(t *transfer) bool {
	scope := s.scope
	scope.Flow = t.flow.ID
	return s.snap.Chain.Filtered(&t.facts, scope)
}

// filters opens the filters of a transfer as one.
func (s *Session) filters(ctx context.Context, t *transfer) ([]sdk.Filter, error) {
	if !s.filtered(t) {
		return nil, nil
	}
	t.facts.Filter = &sdk.FilterFacts{Direction: t.direction}
	scope := s.scope
	scope.Flow = t.flow.ID
	f, err := s.snap.Chain.Filters(ctx, &t.facts, scope)
	if err != nil {
		return nil, err
	}
	return []sdk.Filter{filterChain{ctx, f}}, nil
}

// filterChain is the filters of a transfer as the stream wants them.
type filterChain struct {
	ctx context.Context
	f   *chain.Filters
}

func (f filterChain) Block(in []byte, last bool) (sdk.Filtered, error) {
	out, end, err := f.f.Block(f.ctx, in, last)
	return sdk.Filtered{Bytes: out, End: end}, err
}
func (f filterChain) Close() error { return f.f.Close() }

// markOf is a catalog's point as the stream knows it.
func markOf(p catalog.Point) stream.Mark {
	return stream.Mark{Position: stream.Position{Point: p.Number, File: p.FileOffset, Wire: p.WireOffset,
		Records: p.Records, Digest: p.Digest}, State: p.Protocol, Backend: p.Backend}
}

// pointOf is the way back.
func pointOf(m stream.Mark) catalog.Point {
	return catalog.Point{Number: m.Point, FileOffset: m.File, WireOffset: m.Wire, Records: m.Records,
		Protocol: m.State, Backend: m.Backend, Digest: m.Digest}
}

// closeAll closes filters that nobody took.
func closeAll(filters []sdk.Filter) {
	for _, f := range filters {
		_ = f.Close()
	}
}
