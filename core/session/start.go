package session

import (
	"context"
	"errors"

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
	refusal := e.Refusal
	if refusal == nil {
		refusal = s.begun(ctx, t, e.Point)
	}
	if refusal != nil {
		s.refusedTransfer(t, sdk.PhaseFile, refusal)
		s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Refusal: refusal})
		return // the file stays selected until the peer leaves it
	}
	from := t.from
	s.observeTransfer(t, sdk.Observation{What: sdk.TransferStarted, Phase: sdk.PhaseFile, SyncPoint: from.Point,
		Bytes: from.File})
	m := sdk.Message{Kind: sdk.KindStart, Ref: t.ref, Point: from.Point, State: from.State}
	if t.named != nil {
		m.At, t.high = from.Wire, from.Wire
	}
	if !s.say(m) {
		return
	}
	switch {
	case t.direction == sdk.Receive:
		s.x.PaceIn(s.rates.In())
		s.x.Receiving(true)
	case t.fetches():
		s.x.PaceOut(s.rates.Out())
		s.openFetch(ctx, t)
	default:
		s.x.PaceOut(s.rates.Out())
		s.openSender(ctx, t, from)
	}
	if t.halt != nil {
		s.stop(ctx, t, t.halt, t.keep)
		t.halt = nil
	}
}

// begun finds where the data begins and tells the catalog. What it refuses leaves the entry as it was: granted still, or
// interrupted where the peer begins again.
func (s *Session) begun(ctx context.Context, t *transfer, wanted int64) *sdk.Refusal {
	again := t.at == stopped
	if again {
		if r := s.takeAgain(ctx, t); r != nil {
			return r
		}
	}
	from, r := s.position(ctx, t, wanted)
	if r == nil {
		r = s.openStream(ctx, t, from)
	}
	if r != nil && wanted == sdk.NoPoint && errors.Is(r, chain.ErrNotRestored) {
		r = s.openStream(ctx, t, stream.Mark{})
	}
	if r != nil && t.at == granted && again {
		s.abandon(ctx, t)
	}
	return r
}

// position finds where the data goes on, and lets the restart exits force byte 0.
func (s *Session) position(ctx context.Context, t *transfer, wanted int64) (stream.Mark, *sdk.Refusal) {
	if t.found != isRestarted || t.fetches() {
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
	case set.ForceStart && wanted > 0:
		return stream.Mark{}, sdk.Refuse(sdk.RestartPoint, "an exit wants this file from its beginning")
	case set.ForceStart || wanted == 0:
		return stream.Mark{}, nil
	case wanted == sdk.NoPoint:
		if !s.canGoOn(t, possible) || possible.Point == 0 && t.direction == sdk.Send {
			return stream.Mark{}, nil
		}
		return possible, nil
	}
	for _, p := range append([]catalog.Point{t.entry.Point}, t.entry.Ahead...) {
		if p.Number != wanted {
			continue
		}
		if !s.canGoOn(t, markOf(p)) {
			return stream.Mark{}, sdk.Refuse(sdk.RestartPoint, "the filters cannot go on at point %d", wanted)
		}
		return markOf(p), nil
	}
	return stream.Mark{}, sdk.Refuse(sdk.RestartPoint, "point %d is not known; the last one is %d", wanted, possible.Point)
}

// takeAgain takes the interrupted entry of a file that is still selected: its peer begins again without leaving it. What
// it refuses it has not taken.
func (s *Session) takeAgain(ctx context.Context, t *transfer) (refusal *sdk.Refusal) {
	e, err := s.house.Catalog.Get(ctx, t.entry.ID)
	if err != nil {
		return catalogRefusal(err)
	}
	if !e.Restartable() {
		return sdk.Refuse(sdk.RestartUnknown, "transfer %s is %s", e.ID, e.Status())
	}
	t.found, t.entry, t.lost, t.keep = isRestarted, e, false, false
	defer func() {
		if refusal != nil {
			s.undo(ctx, t)
		}
	}()
	if r := s.takeTransferSlot(ctx, t); r != nil {
		return r
	}
	if r := t.tooOften(); r != nil {
		return r
	}
	if r := s.reopen(ctx, t); r != nil {
		return r
	}
	s.house.Registry.claims(s, e.ID)
	again, err := s.house.Catalog.Restart(ctx, e, catalog.Grant{Protocol: s.listener.ProtocolName, Session: s.id,
		Peer: s.peer.String(), Listener: s.listener.Name, Decisions: []catalog.Decision{s.taken(t)}})
	if err != nil {
		return catalogRefusal(err)
	}
	t.entry, t.at = again, granted
	s.house.Registry.holds(s, e.ID)
	return nil
}

// reopen opens the file of a transfer that begins again.
func (s *Session) reopen(ctx context.Context, t *transfer) *sdk.Refusal {
	var err error
	if t.direction == sdk.Send {
		if t.reader, err = t.backend.Open(t.place.path); err != nil {
			return sdk.ToRefusal(err, sdk.FileOpen)
		}
		return t.unchanged()
	}
	t.writer, err = t.backend.Resume(t.target, t.entry.Point.Backend)
	if errors.Is(err, sdk.ErrCommitted) {
		s.hadEnded(ctx, t, err)
	}
	if err != nil {
		return resumeRefusal(err)
	}
	return nil
}

// openStream tells the catalog that data may flow and begins the receiver; the sender begins after Start was said, when
// the dialogue knows its layout.
func (s *Session) openStream(ctx context.Context, t *transfer, from stream.Mark) *sdk.Refusal {
	var err error
	t.opened = s.house.Now()
	if t.filters, err = s.openFilters(ctx, t, from); err != nil {
		return sdk.ToRefusal(err, sdk.ExitFailed)
	}
	if !t.fetches() {
		if err := s.house.Catalog.Begin(ctx, t.lease()); err != nil {
			t.closeFilters()
			return catalogRefusal(err)
		}
	}
	t.at, t.began, t.ending, t.outcome, t.why = moving, s.house.Now(), false, nil, nil
	t.from, t.payload = from, 0
	t.acked, t.marked, t.going, t.ours = from.Point, from.Point, false, false
	t.heard.forget()
	s.await()
	if t.direction == sdk.Send {
		return nil
	}
	if err := s.openReceiver(ctx, t); err != nil {
		r := sdk.ToRefusal(err, sdk.DataIO)
		s.interrupt(ctx, t, r, false)
		return r
	}
	return nil
}

// openReceiver begins to take data. The catalog never names a point beyond the file's end: where the file begins anew it
// goes back first.
func (s *Session) openReceiver(ctx context.Context, t *transfer) error {
	if t.from.Point < t.entry.Point.Number {
		t.from.Backend = t.partState()
		c := catalog.Checkpoint{Lease: t.lease(), Point: pointOf(t.from)}
		if err := s.house.Catalog.Checkpoint(ctx, c); err != nil {
			return catalogRefusal(err)
		}
	}
	records := t.flow.Records
	if t.named != nil {
		records = sdk.RecordsStream // the file comes as it is stored
	}
	receiver, err := stream.NewReceiver(stream.ReceiverOptions{Writer: t.writer, Records: records, Scattered: t.named != nil,
		Delimiter: []byte(t.flow.Delimiter), Durability: t.flow.Durability, Digest: t.flow.Digest, MaxSize: t.flow.MaxSize,
		From: t.from, Resumed: t.found == isRestarted, Filters: streamed(t.filters), Save: s.saveFor(t.lease()), Pool: s.house.Pool,
		Bug: s.bugs(t)})
	if err != nil {
		return err
	}
	t.inlet, t.taken = s.x.NewInlet(receiver), t.filters != nil
	return nil
}

// openSender begins to read the file ahead, in the layout that the dialogue wants.
func (s *Session) openSender(ctx context.Context, t *transfer, from stream.Mark) {
	bug := s.bugs(t)
	open := func(gap, max int) (*stream.Sender, error) {
		return stream.NewSender(stream.SenderOptions{Reader: t.reader, Records: t.flow.Records,
			Delimiter: []byte(t.flow.Delimiter), RecordLength: t.flow.RecordLength, Fixed: t.flow.Fixed,
			Digest: t.flow.Digest, From: from, Gap: gap, Max: max, Filters: streamed(t.filters), Pool: s.house.Pool, Bug: bug})
	}
	outlet, err := s.x.NewOutlet(t.ref, from, open,
		exchange.Points{Save: s.savePoints(t.lease(), bug), Strict: t.flow.Durability == sdk.DurabilitySync || t.flow.Durability == ""})
	if err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
		return
	}
	t.outlet, t.taken = outlet, t.filters != nil
}
