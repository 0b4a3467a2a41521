package session

import (
	"context"
	"errors"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// abandonOrInterrupt settles a transfer that will not go on: a grant that was never begun leaves nothing, a transfer
// that had begun leaves an interrupted entry.
func (s *Session) abandonOrInterrupt(ctx context.Context, t *transfer, why *sdk.Refusal) {
	if t.at == granted {
		s.abandon(ctx, t)
		return
	}
	keep := t.keep
	if t.why != nil && t.at == stopping {
		why = t.why
	}
	s.interrupt(ctx, t, why, keep)
}

// abandon takes back a grant that was never begun.
func (s *Session) abandon(ctx context.Context, t *transfer) {
	s.undo(context.WithoutCancel(ctx), t)
	t.at = stopped
}

// undo takes back what a request took. What the catalog or the disk do not let go is found again: an entry when its peer
// asks for it or the server begins, a part by the check of the catalog.
func (s *Session) undo(ctx context.Context, t *transfer) {
	if err := t.undo(ctx, s.house.Catalog); err != nil {
		s.log("request not taken back whole", "transfer", t.entry.ID, "error", err)
	}
	s.house.Registry.lets(s, t.entry.ID)
}

// interrupt settles a transfer that stopped early: what is durable stays, the entry becomes interrupted (H) or kept (K).
func (s *Session) interrupt(ctx context.Context, t *transfer, why *sdk.Refusal, keep bool) {
	if !t.started() {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if s.unread(ctx, t, why) {
		return
	}
	point := t.settleStreams()
	if keep && (permanent(why) || t.quarantine != nil) && t.writer != nil {
		s.putAside(t)
	}
	if err := t.closeFile(); err != nil {
		why = why.Because(err)
	}
	t.facts.Interrupt = &sdk.InterruptFacts{Code: why.Code, Point: point}
	if set, r := s.askFor(ctx, t, sdk.PointInterrupt); r == nil && set.Keep != nil {
		keep = *set.Keep
	}
	entry, err := s.house.Catalog.Interrupt(ctx, t.lease(), catalog.Interruption{Code: why.Code, Reason: why.Error(),
		Keep: keep, Point: t.readSoFar(), Bytes: t.whole.File, Records: t.whole.Records, Decisions: t.decisions, Notify: s.snap.Notify})
	if err == nil {
		t.entry = entry
	} else {
		s.log("interruption not noted", "transfer", t.entry.ID, "error", err)
	}
	t.at, t.decisions, t.whole = stopped, nil, stream.Totals{}
	s.x.Receiving(s.receiving())
	s.unpaced()
	s.await()
	s.house.Registry.lets(s, t.entry.ID)
	t.giveBack()
	s.observeTransfer(t, sdk.Observation{What: sdk.TransferInterrupted, Phase: sdk.PhaseData, Refusal: why, SyncPoint: point,
		Bytes: t.entry.Bytes, Records: t.entry.Records, Duration: s.house.Now().Sub(t.began)})
	s.phaseOf(t, sdk.PhaseData, why)
	t.answer(err)
}

// settleStreams makes durable what can be, ends the goroutines and tells the last durable point.
func (t *transfer) settleStreams() int64 {
	point := t.acked
	if t.inlet != nil {
		point = t.inlet.Stop().Point
	}
	t.closeStreams()
	return point
}

// putAside removes a file that can never be accepted, or moves it where a verify exit wants it. What cannot be moved
// stays under its temporary name: an exit wants to see it again.
func (s *Session) putAside(t *transfer) {
	var err error
	switch q, ok := sdk.As[sdk.Quarantiner](t.writer); {
	case t.quarantine == nil:
		err = t.writer.Discard()
	case !ok:
		err = errors.Join(errNoQuarantine, t.writer.Close())
	default:
		if err = q.Quarantine(*t.quarantine); err == nil {
			t.place.path = *t.quarantine
		}
	}
	if err != nil {
		s.log("refused file not put aside", "transfer", t.entry.ID, "error", err)
	}
	t.writer, t.quarantine = nil, nil
}

var errNoQuarantine = errors.New("the backend cannot give a refused file another name")

// drop forgets a transfer of this session.
func (s *Session) drop(t *transfer) {
	_ = t.closeFile()
	t.giveBack()
	s.house.Registry.lets(s, t.entry.ID)
	t.answer(errGone)
	delete(s.open, t.ref)
}
