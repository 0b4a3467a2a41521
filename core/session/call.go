package session

import (
	"context"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// call is phase 1: the connection is there; the limits and the accept exits decide whether the call goes on. The
// transport's handshake and the dialogue's beginning belong to it. A call refused here is closed without a word,
// unless a limit refused it and the listener says so in the protocol's words.
func (s *Session) call(ctx context.Context) bool {
	s.observe(sdk.Observation{What: sdk.CallOpened, Phase: sdk.PhaseCall})
	s.facts = sdk.Facts{Time: s.began, Session: s.id, Call: &sdk.CallFacts{
		Listener: s.listener.Name, Protocol: s.listener.ProtocolName, Peer: s.peer,
		Sessions: s.house.Limits.Sessions.Count(), Running: s.house.Limits.Transfers.Count()}}
	s.scope = chain.Scope{Listener: s.listener.Name}

	refusal := s.arrive(ctx)
	s.facts.Call.Peer = s.peer
	if refusal == nil && s.overfull == nil {
		refusal = s.ask(ctx, sdk.PointAccept, &s.facts)
	}
	if refusal == nil {
		refusal = s.begin(ctx)
	}
	if refusal != nil {
		s.refused(s.callPhase(), refusal)
		s.reason = refusal
		s.conn.Close()
		return false
	}
	return s.stand()
}

// stand makes the session known to who stops it, once its dialogue has begun.
func (s *Session) stand() bool {
	if s.draining = s.house.Registry.add(s); s.draining { // nobody else will tell this session
		s.over, s.curt, s.reason = true, true, sdk.Refuse(sdk.ServerStopping, "a call during shutdown")
		s.refused(s.callPhase(), s.reason)
		return true
	}
	if !s.asked {
		s.phase(sdk.PhaseCall, nil)
	}
	return true
}

// callPhase is the phase that the beginning of a call is in: a handshake that asks who calls is in the second already.
func (s *Session) callPhase() sdk.Phase {
	if s.asked {
		return sdk.PhaseNegotiation
	}
	return sdk.PhaseCall
}

// arrive settles who calls from where, and takes the slots. Where a proxy says who calls, it is a call from the moment it
// connects: one that is slow to say so holds its slots meanwhile.
func (s *Session) arrive(ctx context.Context) *sdk.Refusal {
	if s.listener.Relay == nil {
		if r := s.banned(); r != nil {
			return r
		}
	}
	if r := s.takeSlots(); r != nil {
		if !s.listener.Say || s.admitted == nil {
			return r
		}
		s.overfull = r
	}
	if s.listener.Relay == nil {
		return nil
	}
	if r := s.relayed(ctx); r != nil {
		return r
	}
	return s.banned()
}

// takeSlots takes the slots that a call needs from its beginning. A transfer slot is only looked at here (MAXTRANS): it
// is taken when a file is asked for.
func (s *Session) takeSlots() *sdk.Refusal {
	release, ok := s.house.Limits.Unauthenticated.Take()
	if !ok {
		return sdk.Refuse(sdk.LimitSessions, "not identified yet: %s", count.Of(s.house.Limits.Unauthenticated.Count(), "call")).By("limits.unauthenticated")
	}
	s.admitted = release
	if !s.take(s.house.Limits.Listeners.Take(s.listener.Name, s.listener.Connections)) {
		return sdk.Refuse(sdk.LimitConnections, "listener %s has its %s", s.listener.Name,
			count.Of(s.listener.Connections, "connection")).By(sdk.RuleOf("listeners", s.listener.Name, "max_connections"))
	}
	if !s.take(s.house.Limits.Sessions.Take()) {
		return sdk.Refuse(sdk.LimitSessions, "the server has its %s", count.Of(s.house.Limits.Sessions.Count(), "session")).By("limits.max_sessions")
	}
	if t := s.house.Limits.Transfers; t.Full() {
		return sdk.Refuse(sdk.LimitTransfers, "the server has its %s", count.Of(t.Count(), "transfer")).By("limits.max_transfers")
	}
	return nil
}

// take keeps a slot's release for the end of the session.
func (s *Session) take(release func(), ok bool) bool {
	if ok {
		s.release = append(s.release, release)
	}
	return ok
}

// begin runs the transport's handshake and starts the dialogue.
func (s *Session) begin(ctx context.Context) *sdk.Refusal {
	if s.listener.Transport == nil {
		return s.talk(s.conn, sdk.Claim{})
	}
	stream, claim, refusal := s.secure(ctx)
	if refusal != nil {
		return refusal
	}
	return s.talk(stream, claim)
}

// talk starts the dialogue on a stream.
func (s *Session) talk(conn exchange.Conn, claim sdk.Claim) *sdk.Refusal {
	opening := sdk.Opening{Role: sdk.Answering, Terms: s.listener.Terms, Settings: s.listener.Settings, Claim: claim,
		Call: s.id, Now: s.house.Now(), Peer: s.peer}
	if _, err := s.house.Random.Read(opening.Random[:]); err != nil {
		return sdk.Refuse(sdk.ServerStopping, "no randomness").Because(err)
	}
	d, out, err := s.listener.Protocol.Begin(opening, nil)
	if err != nil {
		if r, refused := sdk.AsRefusal(err); refused {
			return r
		}
		return sdk.Refuse(sdk.ProtocolViolation, "begin the dialogue").Because(err)
	}
	s.facts.Claim = &claim
	s.x = exchange.New(conn, d, exchange.Options{Pool: s.house.Pool, Stall: s.listener.Timeouts.Message, Opening: out, Resume: s.awake})
	s.armConnect()
	return nil
}

// armConnect gives the peer until the first of the two timers; both end in silence.
func (s *Session) armConnect() {
	s.x.ArmConnect(s.listener.Timeouts.FirstByte, s.listener.Timeouts.Connect)
}
