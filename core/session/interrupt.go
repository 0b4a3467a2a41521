package session

import (
	"context"

	"github.com/postern/postern/core/catalog"
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
	if t.why != nil {
		why = t.why
	}
	s.interrupt(ctx, t, why, keep)
}

// abandon takes back a grant that was never begun.
func (s *Session) abandon(ctx context.Context, t *transfer) {
	t.undo(context.WithoutCancel(ctx), s.house.Catalog)
	t.at = stopped
}

// interrupt settles a transfer that stopped early: what is durable stays, the entry becomes interrupted (H) or kept (K).
func (s *Session) interrupt(ctx context.Context, t *transfer, why *sdk.Refusal, keep bool) {
	if !t.started() {
		return
	}
	ctx = context.WithoutCancel(ctx)
	point := t.settleStreams()
	if keep && permanent(why) && t.writer != nil {
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
		Keep: keep, Decisions: t.decisions, Notify: s.snap.Notify})
	if err == nil {
		t.entry = entry
	}
	t.at, t.decisions = stopped, nil
	s.x.Receiving(false)
	s.house.Registry.lets(t.entry.ID)
	t.giveBack()
	s.observeTransfer(t, sdk.Observation{What: sdk.TransferInterrupted, Phase: sdk.PhaseData, Refusal: why, SyncPoint: point,
		Duration: s.house.Now().Sub(t.began)})
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

// putAside removes a file that can never be accepted, or moves it where a verify exit wants it.
func (s *Session) putAside(t *transfer) {
	if q, ok := t.writer.(sdk.Quarantiner); ok && t.quarantine != nil {
		if err := q.Quarantine(*t.quarantine); err == nil {
			t.writer = nil
			return
		}
	}
	_ = t.writer.Discard()
	t.writer = nil
}

// drop forgets a transfer of this session.
func (s *Session) drop(t *transfer) {
	_ = t.closeFile()
	t.giveBack()
	s.house.Registry.lets(t.entry.ID)
	t.answer(errGone)
	delete(s.open, t.ref)
}
