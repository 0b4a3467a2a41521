package session

import (
	"context"
	"errors"
	"io"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// disconnection is phase 5: the session stays open for further transfers until the peer leaves, a timer runs out, the
// connection is lost or the server stops. Nothing can be refused here.
func (s *Session) disconnection(ctx context.Context, o exchange.Occurrence) {
	switch o.What {
	case exchange.Heard:
		s.ending(o.Event)
	case exchange.Expired:
		s.expired(ctx, o.Timer)
	case exchange.Gone:
		s.gone(o.Err)
	case exchange.Cancelled:
		s.finishWith(sdk.Message{Kind: sdk.KindAbort}, sdk.Refuse(sdk.ServerStopping, "the server stops now"))
	case exchange.Noticed:
		switch n := o.Notice.(type) {
		case drain:
			s.drain(ctx, n)
		case expel:
			s.finishWith(sdk.Message{Kind: sdk.KindAbort}, sdk.Refuse(sdk.PartnerDisabled, "switched off by %s", n.by))
		}
	}
}

// ending takes what ends a session in good order or bad.
func (s *Session) ending(e *sdk.Event) {
	switch e.Kind {
	case sdk.KindBye:
		s.over = true
	case sdk.KindFault:
		r := e.Refusal
		if r == nil {
			r = sdk.Refuse(sdk.ProtocolViolation, "the dialogue gave up")
		}
		if len(s.open) == 0 && r.ByPeer && s.partner != nil {
			s.over = true // an abort between two transfers is a way to leave
			return
		}
		s.fault(r)
	case sdk.KindTurn:
		s.say(sdk.Message{Kind: sdk.KindYield, Ref: e.Ref})
	default:
		s.violation(e.Kind.String() + " at this moment")
	}
}

// fault ends a session whose peer the dialogue could not follow, or who gave up. What was refused before a file is open
// is a refusal like any other; an open file tells in its entry why it stopped.
func (s *Session) fault(r *sdk.Refusal) {
	s.reason, s.over = r, true
	switch {
	case r.ByPeer:
	case s.partner == nil:
		s.refused(sdk.PhaseNegotiation, r)
	case len(s.open) == 0:
		s.refused(sdk.PhaseFile, r)
	}
}

// gone notes that the connection ended. The peer may hang up between two transfers.
func (s *Session) gone(err error) {
	s.over = true
	if errors.Is(err, io.EOF) && len(s.open) == 0 {
		return
	}
	s.reason = sdk.Refuse(sdk.NetworkCut, "the connection ended").Because(err)
	if _, ok := sdk.AsBug(err); ok {
		s.reason = bugInCall(err)
	}
}

// expired ends a session whose peer was silent for too long.
func (s *Session) expired(ctx context.Context, t sdk.Timer) {
	switch {
	case t == sdk.TimerOfConnect:
		s.over, s.curt, s.reason = true, true, s.late(s.greeting(), sdk.TimerMessage, "no greeting in time")
		s.refused(sdk.PhaseNegotiation, s.reason)
	case s.weAreBusy():
		s.await()
	case t == sdk.TimerOfIdle:
		s.finishWith(sdk.Message{Kind: sdk.KindExpired, Timer: t}, s.late("idle", sdk.TimerIdle, "idle for %s", s.listener.Timeouts.Idle))
	default:
		s.finishWith(sdk.Message{Kind: sdk.KindExpired, Timer: t},
			s.late("message", sdk.TimerMessage, "the other side was silent for %s", s.listener.Timeouts.Message))
	}
}

// late is a refusal by a timer, with its rule: that of the key of timeouts.
func (s *Session) late(key string, code sdk.Code, format string, args ...any) *sdk.Refusal {
	r := sdk.Refuse(code, format, args...)
	if s.listener.TimeoutRule != nil {
		r.Rule = s.listener.TimeoutRule(key)
	}
	return r
}

// greeting is the key of the timer that ran out before the negotiation was over.
func (s *Session) greeting() string {
	if t := s.listener.Timeouts; t.FirstByte > 0 && (t.Connect <= 0 || s.house.Now().Sub(s.began) < t.Connect) {
		return "first_byte"
	}
	return "connect"
}

// await gives the peer time for its next word. One that pipelines owes nothing while its files are open: whoever types, or
// makes what it uploads, may think as long as between two files.
func (s *Session) await() {
	if s.x.Pipelines() {
		s.x.Arm(sdk.TimerOfIdle, s.listener.Timeouts.Idle)
	} else {
		s.x.Arm(sdk.TimerOfMessage, s.listener.Timeouts.Message)
	}
}

// weAreBusy reports whether the peer waits for us: it owes nothing then.
func (s *Session) weAreBusy() bool {
	if len(s.looks) > 0 {
		return true
	}
	for _, t := range s.open {
		if t.owed() || s.x.Paused() || s.x.Held() {
			return true
		}
	}
	return false
}

// drain ends the session when it can: at once between transfers, at the end of the running one or at its next sync
// point otherwise, and now when the time for that is over.
func (s *Session) drain(ctx context.Context, d drain) {
	s.draining = true
	if len(s.open) == 0 {
		s.idle()
		return
	}
	if d.now {
		for _, t := range s.open {
			s.stop(ctx, t, sdk.Refuse(sdk.ServerStopping, "the time to stop in good order is over"), false)
		}
	}
}

// idle waits for the next request of the peer.
func (s *Session) idle() {
	if len(s.open) > 0 || s.over {
		return
	}
	if s.draining {
		s.finishWith(sdk.Message{Kind: sdk.KindAbort}, sdk.Refuse(sdk.ServerStopping, "the server stops"))
		return
	}
	s.since = s.house.Now()
	s.x.Receiving(false)
	s.unpaced()
	s.x.Arm(sdk.TimerOfIdle, s.listener.Timeouts.Idle)
}

// finishWith says the last message of a session that we end.
func (s *Session) finishWith(m sdk.Message, why *sdk.Refusal) {
	s.reason, s.over = why, true
	if m.Refusal == nil {
		m.Refusal = why
	}
	if _, err := s.x.Say(m); err != nil {
		s.reason = sdk.ToRefusal(err, sdk.ProtocolViolation)
	}
}

// violation ends a session whose dialogue gave an event that has no place here.
func (s *Session) violation(what string) {
	s.finishWith(sdk.Message{Kind: sdk.KindAbort}, sdk.Refuse(sdk.ProtocolViolation, "%s", what))
}

// say says a message; false means that the session is over.
func (s *Session) say(m sdk.Message) bool {
	said, err := s.x.Say(m)
	if err != nil { // of a plugin it says that the plugin failed
		s.finishWith(sdk.Message{Kind: sdk.KindAbort}, sdk.ToRefusal(err, sdk.ProtocolViolation))
		return false
	}
	if said.Next == sdk.Hangup {
		s.over = true
	}
	return !s.over
}
