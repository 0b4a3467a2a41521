package session

import (
	"time"

	"github.com/postern/postern/core/throttle"
	"github.com/postern/postern/sdk"
)

// banned is the refusal of a call from an address that has failed too often.
func (s *Session) banned() *sdk.Refusal {
	if b, ok := s.house.Throttle.Banned(s.peer.Addr()); ok {
		return bannedUntil(b)
	}
	return nil
}

// throttle counts how an authentication came out; given is the refusal of the identify point, nil for none. Only a wrong
// or unknown name or proof is a failure: what an exit could not answer, or refused for another reason, is none. Where the
// address was banned while the exits were asked, the ban takes the place of their answer: of many guesses at once no
// more are answered than the throttle allows.
func (s *Session) throttle(given *sdk.Refusal) *sdk.Refusal {
	t, peer := s.house.Throttle, s.peer.Addr()
	switch {
	case given == nil:
		if b, banned := t.Passed(peer); banned {
			return bannedUntil(b)
		}
	case given.Code == sdk.PartnerUnknown || given.Code == sdk.PartnerPassword:
		b, outcome := t.Failed(peer)
		switch outcome {
		case throttle.Began:
			s.observe(sdk.Observation{What: sdk.AddressBanned, Phase: sdk.PhaseNegotiation, Refusal: bannedUntil(b),
				Duration: b.Until.Sub(s.house.Now()).Round(time.Millisecond)})
		case throttle.Already:
			return bannedUntil(b)
		case throttle.Counted:
		}
	}
	return given
}

func bannedUntil(b throttle.Ban) *sdk.Refusal {
	return sdk.Refuse(sdk.LimitFailures, "%s is banned until %s: too many failed authentications", b.Net,
		b.Until.Format(time.RFC3339)).By("throttle")
}
