package e2e

import (
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// guess is a login that fails.
var guess = peer.Hello{Name: "PARIS", Password: "wrong", Access: 2}

func throttled(throttle string) string {
	return limited("limits: {unauthenticated: 256}\nthrottle: "+throttle, "", "")
}

func TestAGuessingAddressIsBannedUntilTheOperatorLiftsIt(t *testing.T) {
	s := start(t, throttled("{failures: 3, within: 1h, ban: 1h}"))
	s.call(hello(0, 0)) // a partner of the same address is in, and stays
	for _, h := range []peer.Hello{guess, {Name: "NOBODY", Password: "sesame"}, guess} {
		p := s.dial()
		_, err := p.Connect(h)
		p.refused(err, peer.RCONNECT, "3-301")
	}
	late := s.dial()
	if b, err := late.Closed(); err != nil || len(b) > 0 {
		t.Errorf("a call of a banned address: % X, %v; it is closed without a word", b, err)
	}
	s.eventually("the ban is listed", func() bool { return s.refusals()["limit.failures"] == 1 })
	if said := s.said.String(); strings.Count(said, `msg="address banned"`) != 1 || !strings.Contains(said, "127.0.0.1/32 is banned until") {
		t.Error("the log does not say once that the address is banned")
	}
	if out := s.verb("status"); !strings.Contains(out, "1 address, 1 ban") {
		t.Errorf("status says\n%s", out)
	}
	s.configure(throttled("{failures: none}"))
	s.verb("reload")
	s.call(hello(0, 0))
	for range 10 {
		p := s.dial()
		_, err := p.Connect(guess)
		p.refused(err, peer.RCONNECT, "3-301")
	}
}

func TestOfManyGuessesAtOnceOnlyAsManyAreAnswered(t *testing.T) {
	const failures, callers = 5, 24
	s := start(t, throttled("{failures: 5, within: 1h, ban: 1h}"))
	c := gather(callers, s.address["p"], greet(guess))
	c.disperse()
	if c.got["3-301"] != failures || c.got["3-303"]+c.got["closed"] != callers-failures {
		t.Errorf("%v; %d refused as wrong and the others banned are right", c.got, failures)
	}
	s.idle()
}
