package session

import (
	"context"
	"slices"

	"github.com/postern/postern/core/admission"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// negotiation is phase 2: who is calling, and on which terms. No catalog entry exists yet; a refusal is said in the
// protocol's words and ends the call.
func (s *Session) negotiation(ctx context.Context, o exchange.Occurrence) {
	hello := o.Event.Hello
	if s.partner != nil || hello == nil {
		s.violation("a second greeting")
		return
	}
	welcome, refusal := s.recognise(ctx, hello)
	if refusal != nil {
		s.refused(sdk.PhaseNegotiation, refusal)
		s.finishWith(sdk.Message{Kind: sdk.KindRefuse, Refusal: refusal}, refusal)
		return
	}
	if !s.say(sdk.Message{Kind: sdk.KindWelcome, Welcome: welcome}) {
		return
	}
	if s.admitted != nil {
		s.admitted()
		s.admitted = nil
	}
	s.phase(sdk.PhaseNegotiation, nil)
	s.idle()
}

// recognise asks everybody who has a say in whether this caller may go on.
func (s *Session) recognise(ctx context.Context, hello *sdk.Hello) (*sdk.Welcome, *sdk.Refusal) {
	if r := s.takesCalls(); r != nil {
		return nil, r
	}
	s.facts.Proposed = hello.Terms
	if !s.known { // on a link that knows who calls, what the dialogue says of it does not count
		claim := hello.Claim
		s.facts.Claim = &claim
		if r := s.identify(ctx); r != nil {
			return nil, r
		}
	}
	if r := s.negotiate(ctx, hello); r != nil {
		return nil, r
	}
	p := s.facts.Partner
	s.partner, s.terms = p, s.facts.Terms
	s.house.Registry.identified(s, p.ID) // whoever switches the partner off from here on finds the session
	if r := s.switchedOff(p.ID); r != nil {
		return nil, r
	}
	return &sdk.Welcome{Terms: s.terms, LocalName: p.LocalName, LocalSecret: p.LocalPassword}, nil
}

// takesCalls refuses everybody where a limit is reached, or the server stops.
func (s *Session) takesCalls() *sdk.Refusal {
	if s.overfull == nil && s.draining {
		return sdk.Refuse(sdk.ServerStopping, "a call during shutdown")
	}
	return s.overfull
}

// identify finds the partner; whoever supplied it, the core checks its address, protocols, hours, state and sessions.
func (s *Session) identify(ctx context.Context) *sdk.Refusal {
	refusal := s.banned() // since the call
	if refusal == nil {
		refusal = s.throttle(s.ask(ctx, sdk.PointIdentify, &s.facts))
	}
	s.facts.Claim.Secret, s.facts.Claim.NewSecret = sdk.Secret{}, sdk.Secret{} // not kept a moment longer than needed
	if refusal != nil {
		return refusal
	}
	return s.admitPartner()
}

// admitPartner checks what holds for the partner that was found, and takes its slot.
func (s *Session) admitPartner() *sdk.Refusal {
	p, switched := *s.facts.Partner, false
	if on := s.decided(p.ID); on != nil {
		p.Disabled, switched = !*on, true
	}
	s.facts.Partner = &p
	s.scope.Partner = p.ID
	if r := admission.Check(&p, s.peer.Addr(), s.listener.ProtocolName, s.house.Now()); r != nil {
		if r.Code == sdk.PartnerDisabled && switched {
			r.Detail, r.Rule = r.Detail+byOperator, ""
		}
		return r
	}
	if !s.spare && !s.take(s.house.Limits.Partners.Take(p.ID, p.MaxSessions)) {
		return sdk.Refuse(sdk.LimitPartner, "partner %s has its %s", p.ID, count.Of(p.MaxSessions, "session")).
			By(sdk.RuleOf("partners", p.ID, "max_sessions"))
	}
	s.rates = s.house.Rates.Session(s.listener.Name, p.ID, p.From)
	s.take(s.rates.Release, true)
	return nil
}

const byOperator = " by an operator's decision, which wins over the configuration"

// decided is what an operator has decided about a partner; nil: nothing.
func (s *Session) decided(partner string) *bool {
	if s.snap.Enabled == nil {
		return nil
	}
	return s.snap.Enabled(partner)
}

// switchedOff refuses a partner that was switched off since it was identified: a handshake leaves time for that.
func (s *Session) switchedOff(partner string) *sdk.Refusal {
	if on := s.decided(partner); on != nil && !*on {
		return sdk.Refuse(sdk.PartnerDisabled, "partner %s is disabled"+byOperator, partner)
	}
	return nil
}

// negotiate lowers the terms to what both sides and the exits accept.
func (s *Session) negotiate(ctx context.Context, hello *sdk.Hello) *sdk.Refusal {
	s.facts.Terms = hello.Terms.Meet(s.listener.Terms)
	if r := s.ask(ctx, sdk.PointNegotiate, &s.facts); r != nil {
		return r
	}
	if name, ok := s.facts.Terms.NoWider(hello.Terms); !ok {
		return sdk.Refuse(sdk.ProtocolTerms, "term %s is wider than proposed", name)
	}
	return nil
}

// may reports whether the caller announced that it would ask for such a transfer.
func (s *Session) may(d sdk.Direction) bool {
	access := s.facts.Claim.Access
	switch d {
	case sdk.Receive:
		return slices.Contains([]string{"", "write", "mixed"}, access)
	default:
		return slices.Contains([]string{"", "read", "mixed"}, access)
	}
}
