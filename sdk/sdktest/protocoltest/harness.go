// Package protocoltest is the contract of [sdk.Dialogue] as a suite that any protocol runs: a calling and an answering
// dialogue of it are joined in memory and walk through everything the contract names, while each call is checked for
// what must always hold. It is not a test of a protocol's bytes: those are proven with transcripts.
//
// A protocol's test calls [Run] with a [Harness], and its fuzz target calls [Fuzz].
package protocoltest

import (
	"testing"

	"github.com/postern/postern/sdk"
)

// Wish is what a scenario needs of the negotiated terms.
type Wish struct {
	Interval int64 // bytes between two sync points; 0: none. A protocol may round it up
	Window   int64 // points that may wait for their acknowledgement
	Resync   bool
}

// Harness says how to make dialogues of a protocol, and what it cannot do.
type Harness struct {
	Protocol sdk.Protocol
	// Opening gives the opening of a role without its Role and Terms. It may be nil.
	Opening func(sdk.Role) sdk.Opening
	// Terms gives the protocol's words for a wish.
	Terms func(Wish) sdk.Terms
	// Interval is the smallest useful distance of sync points in bytes; scenarios send some ten times as much.
	Interval int64
	// Record is the length of the records that are sent; 0 sends a stream without record ends.
	Record int
	// Request may complete a request with what the protocol needs. It may be nil.
	Request func(*sdk.Request)
	// Damage alters the data in these bytes, which are under way, so that it can be recognised as damaged, and reports
	// false when there is no data in them. Nil: damage cannot be recognised.
	Damage func(wire []byte) bool
	// Garbage are first bytes that break the protocol.
	Garbage [][]byte
	// Cannot names the scenarios that the protocol has no words for, with the reason.
	Cannot map[string]string
	// Brief leaves "any message in any state", by far the longest test, to another harness of the same protocol.
	Brief bool
	// Scenarios leaves out everything but the scenarios with the whole wire, for a protocol that is held to the rest
	// elsewhere and is here in another form.
	Scenarios bool
}

// scenario is one walk that ends in good order unless the test fails.
type scenario struct {
	name string
	wish func(h *Harness) Wish
	walk func(p *pair)
}

func (h *Harness) small() Wish { return Wish{Interval: h.Interval, Window: 2, Resync: true} }

func scenarios() []scenario {
	var all []scenario
	for _, list := range [][]scenario{sessionScenarios, transferScenarios, rewindScenarios, stopScenarios} {
		all = append(all, list...)
	}
	return all
}

// Run holds a protocol to the contract.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			h.skip(t, s.name)
			h.play(t, s, wholeWire, 16)
			if h.Scenarios {
				return
			}
			t.Run("one byte at a time", func(t *testing.T) { h.play(quick{t}, s, oneByte, 1) })
		})
	}
	if h.Scenarios {
		return
	}
	t.Run("any split gives the same events", h.anySplit)
	if !h.Brief {
		t.Run("any message in any state", h.anyMessage)
	}
	t.Run("timers and aborts in any state", h.anyFarewell)
	t.Run("garbage is a fault", h.garbage)
}

func (h *Harness) skip(t *testing.T, name string) {
	t.Helper()
	if why := h.Cannot[name]; why != "" {
		t.Skip(why)
	}
}

// play walks one scenario.
func (h *Harness) play(t failer, s scenario, split func(int) int, room int) *pair {
	t.Helper()
	p := h.pair(t, s.wanted(h), split, room)
	s.walk(p)
	p.close()
	return p
}

func (s scenario) wanted(h *Harness) Wish {
	if s.wish == nil {
		return h.small()
	}
	return s.wish(h)
}

func wholeWire(n int) int { return n }

func oneByte(int) int { return 1 }

// garbage feeds first bytes that break the protocol.
func (h *Harness) garbage(t *testing.T) {
	if len(h.Garbage) == 0 {
		t.Skip("the harness has no garbage")
	}
	for _, g := range h.Garbage {
		p := h.pair(t, h.small(), wholeWire, 16)
		defer p.close()
		p.called.pending = append(p.called.pending, g...)
		p.hear(p.called)
		if len(p.called.queue) != 1 || p.called.queue[0].Kind != sdk.KindFault {
			t.Errorf("%.60q gives %s, want one Fault", g, kinds(p.called.queue))
			continue
		}
		if r := p.called.queue[0].Refusal; r == nil || r.ByPeer {
			t.Errorf("%.60q gives a Fault with the refusal %v, want one of ours", g, r)
		}
		p.called.pending = append(p.called.pending, g...)
		p.hear(p.called)
	}
}
