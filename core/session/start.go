package session

import (
	"context"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// start answers Begin: from here on data may flow, and a stop leaves an interrupted entry.
func (s *Session) start(ctx context.Context, e *sdk.Event) {
	t := s.open[e.Ref]
	if t == nil || t.at != granted && t.at != stopped {
		s.violation("data asked for without a file")
		return
	}
	from, refusal := s.position(ctx, t, e.Point)
	if refusal == nil {
		refusal = s.openStream(ctx, t, from)
	}
	if refusal != nil {
		s.refusedTransfer(t, sdk.PhaseFile, refusal)
		s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Refusal: refusal})
		return // the file stays selected until the peer leaves it
	}
	t.at, t.began, t.ending, t.outcome, t.why = moving, s.house.Now(), false, nil, nil
	s.observeTransfer(t, sdk.Observation{What: sdk.TransferStarted, Phase: sdk.PhaseFile, SyncPoint: from.Point})
	if !s.say(sdk.Message{Kind: sdk.KindStart, Ref: t.ref, Point: from.Point, State: from.State}) {
		return
	}
	if t.direction == sdk.Receive {
		s.x.Receiving(true)
		return
	}
	s.openSender(ctx, t, from)
}

// position finds where the data goes on, and lets the restart exits force byte 0.
func (s *Session) position(ctx context.Context, t *transfer, wanted int64) (stream.Mark, *sdk.Refusal) {
	if t.at == stopped {
		if r := s.takeAgain(ctx, t); r != nil {
			return stream.Mark{}, r
		}
	}
	if t.found != isRestarted {
		if wanted > 0 {
			return stream.Mark{}, sdk.Refuse(sdk.RestartPoint, "point %d of a transfer that was not restarted", wanted)
		}
		return stream.Mark{}, nil
	}
	possible := markOf(t.entry.Point)
	t.facts.Restart = &sdk.RestartFacts{Entry: t.entry.ID, Wanted: wanted, Possible: possible.Point, Offset: possible.File}
	set, r := s.askFor(ctx, t, sdk.PointRestart)
	switch {
	case r != nil:
		return stream.Mark{}, r
	case set.ForceStart || s.filtered(t) || wanted == 0:
		if wanted > 0 {
			return stream.Mark{}, sdk.Refuse(sdk.RestartPoint, "an exit wants this file from its beginning")
		}
		return stream.Mark{}, nil
	case wanted == sdk.NoPoint:
		return possible, nil
	}
	for _, p := range append([]catalog.Point{t.entry.Point}, t.entry.Ahead...) {
		if p.Number == wanted {
			return markOf(p), nil
		}
	}
	return stream.Mark{}, sdk.Refuse(sdk.RestartPoint, "point %d is not known; the last one is %d", wanted, possible.Point)
}

// takeAgain takes the interrupted entry of a file that is still selected: its peer begins again without leaving it.
func (s *Session) takeAgain(ctx context.Context, t *transfer) *sdk.Refusal {
	e, err := s.house.Catalog.Get(ctx, t.entry.ID)
	if err != nil {
		return catalogRefusal(err)
	}
	if !e.Restartable() {
		return sdk.Refuse(sdk.RestartUnknown, "transfer %s is %s", e.ID, e.Status())
	}
	t.found, t.entry = isRestarted, e
	if t.direction == sdk.Receive {
		t.writer, err = t.backend.Resume(t.target, e.Point.Backend)
	} else {
		t.reader, err = t.backend.Open(t.place.path)
	}
	if err != nil {
		return resumeRefusal(err)
	}
	if t.direction == sdk.Send {
		if r := t.unchanged(); r != nil {
			return r
		}
	}
	t.entry, err = s.house.Catalog.Restart(ctx, e, catalog.Grant{Protocol: s.listener.ProtocolName, Session: s.id,
		Peer: s.peer.String(), Listener: s.listener.Name})
	if err != nil {
		return catalogRefusal(err)
	}
	t.at = granted
	return nil
}

// openStream begins the receiver, or notes where the sender will begin, and tells the catalog.
func (s *Session) openStream(ctx context.Context, t *transfer, from stream.Mark) *sdk.Refusal {
	if t.direction == sdk.Receive {
		filters, err := s.filters(ctx, t)
		if err != nil {
			return sdk.ToRefusal(err, sdk.ExitFailed)
		}
		receiver, err := stream.NewReceiver(stream.ReceiverOptions{Writer: t.writer, Records: t.flow.Records,
			Delimiter: []byte(t.flow.Delimiter), Durability: t.flow.Durability, Digest: t.flow.Digest, MaxSize: t.flow.MaxSize,
			From: from, Resumed: t.found == isRestarted, Filters: filters, Save: s.saveFor(t.lease()), Pool: s.house.Pool})
		if err != nil {
			return sdk.ToRefusal(err, sdk.DataIO)
		}
		t.inlet = s.x.NewInlet(receiver)
	}
	if err := s.house.Catalog.Begin(ctx, t.lease()); err != nil {
		return catalogRefusal(err)
	}
	return nil
}

// openSender begins to read the file ahead, in the layout that the dialogue wants.
func (s *Session) openSender(ctx context.Context, t *transfer, from stream.Mark) {
	filters, err := s.filters(ctx, t)
	if err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.ExitFailed), false)
		return
	}
	open := func(gap, max int) (*stream.Sender, error) {
		return stream.NewSender(stream.SenderOptions{Reader: t.reader, Records: t.flow.Records,
			Delimiter: []byte(t.flow.Delimiter), RecordLength: t.flow.RecordLength, Fixed: t.flow.Fixed,
			Digest: t.flow.Digest, From: from, Gap: gap, Max: max, Filters: filters, Pool: s.house.Pool})
	}
	t.outlet, err = s.x.NewOutlet(t.ref, from, open, s.savePoints(t.lease()))
	if err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
	}
}

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

func (f filterChain) Block(in []byte, last bool) ([]byte, bool, error) {
	return f.f.Block(f.ctx, in, last)
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
