package session

import (
	"context"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// maxRewinds bounds the resynchronisations of one transfer.
const maxRewinds = 10

// data is phase 4: bytes, sync points, resynchronisation, and the end with its verification and commit. A transfer
// refused here stops at its last durable sync point.
func (s *Session) data(ctx context.Context, o exchange.Occurrence) {
	switch o.What {
	case exchange.Heard:
		s.heard(ctx, o.Event)
	case exchange.Drained:
		for _, t := range s.open {
			s.pump(ctx, t)
		}
	case exchange.Noticed:
		s.noticed(ctx, o.Notice)
	}
}

// heard takes what the peer says during the data phase.
func (s *Session) heard(ctx context.Context, e *sdk.Event) {
	t := s.open[e.Ref]
	if t != nil {
		s.awaitAside(t) // whoever has closed a file has nothing more to say of it
	}
	switch {
	case t == nil && s.listings[e.Ref] != nil:
		s.more(ctx, e)
		return
	case t == nil || t.at == asked || t.at == granted:
		s.violation("data before it was begun")
		return
	case t.at == stopped || t.at == ended:
		if t.named != nil {
			s.tooLate(t, e)
		} else if e.Kind.Asks() {
			s.violation(e.Kind.String() + " after the end")
		}
		return // overtaken by our own stop
	case t.at == stopping:
		s.whileStopping(ctx, t, e)
		return
	}
	switch e.Kind {
	case sdk.KindStop:
		s.peerStopped(ctx, t, e)
	case sdk.KindDamaged:
		s.damaged(ctx, t, e)
	default:
		if t.direction == sdk.Receive {
			s.receive(ctx, t, e)
		} else {
			s.send(ctx, t, e)
		}
	}
}

// noticed takes what the disk and the operators have to say.
func (s *Session) noticed(ctx context.Context, n exchange.Notice) {
	switch n := n.(type) {
	case rows:
		s.found(ctx, n)
	case *aside:
		s.asideDone(n)
	case exchange.DiskNews:
		for _, t := range s.open {
			if n.Of(t.inlet) {
				s.signalled(ctx, t, n.Signal)
			}
		}
	case exchange.Piece:
		for _, t := range s.open {
			if n.Of(t.outlet) {
				t.outlet.Take(n)
				s.pump(ctx, t)
				return
			}
		}
		n.Release()
	case command:
		s.commanded(ctx, n)
	case glance:
		s.glanced(n)
	}
}

// damaged answers data that cannot be used: with a resynchronisation where it was agreed on, else with a stop.
func (s *Session) damaged(ctx context.Context, t *transfer, e *sdk.Event) {
	r := e.Refusal
	if r == nil {
		r = sdk.Refuse(sdk.DataIO, "damaged data")
	}
	if t.inlet == nil || !e.Restartable || !s.terms.Flag("resync") || t.rewinds >= maxRewinds {
		s.stop(ctx, t, r, false)
		return
	}
	t.rewinds++
	t.ours = true
	s.refusedTransfer(t, sdk.PhaseData, r)
	s.say(sdk.Message{Kind: sdk.KindRewind, Ref: t.ref, Point: t.acked, Refusal: r})
}

// unpaced lets the session read and say as fast as it can: what is left of a transfer is its end.
func (s *Session) unpaced() {
	for _, t := range s.open {
		if t.at == moving && !t.ending {
			return // another file's
		}
	}
	s.x.PaceIn(nil)
	s.x.PaceOut(nil)
}

// stop stops a transfer from our side: said to the peer, and settled when it confirmed.
func (s *Session) stop(ctx context.Context, t *transfer, why *sdk.Refusal, keep bool) {
	if t.at != moving && t.at != finishing || t.aside != nil { // its end is under way
		return
	}
	if t.named != nil && !s.endsNamed(ctx, t, why) {
		return
	}
	t.at, t.why, t.keep = stopping, why, keep || t.keep || permanent(why)
	s.unpaced()
	s.x.ArmFixed(sdk.TimerOfMessage, s.listener.Timeouts.Message) // data that still comes is not the answer
	s.say(sdk.Message{Kind: sdk.KindStop, Ref: t.ref, Refusal: why, Restartable: !t.keep, Keep: keep})
}

// permanent reports whether trying again cannot help.
func permanent(r *sdk.Refusal) bool {
	switch r.Code {
	case sdk.DataRejected, sdk.FileExists, sdk.FileSize, sdk.DataRecord:
		return true
	}
	return false
}

// whileStopping waits for the peer to confirm our stop. Its own stop, crossing ours, confirms it too.
func (s *Session) whileStopping(ctx context.Context, t *transfer, e *sdk.Event) {
	switch e.Kind {
	case sdk.KindWant:
		s.tooLate(t, e)
	case sdk.KindStopped, sdk.KindStop:
		s.interrupt(ctx, t, t.why, t.keep)
	case sdk.KindFinish:
		s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Refusal: t.why})
		s.interrupt(ctx, t, t.why, t.keep)
	case sdk.KindRewind, sdk.KindDamaged:
		s.say(sdk.Message{Kind: sdk.KindStop, Ref: t.ref, Refusal: t.why, Keep: t.keep})
	}
}

// peerStopped settles a transfer that the peer stopped.
func (s *Session) peerStopped(ctx context.Context, t *transfer, e *sdk.Event) {
	r := e.Refusal
	if r == nil {
		r = sdk.Refuse(sdk.PeerStopped, "no reason given")
	}
	s.interrupt(ctx, t, r, false)
}
