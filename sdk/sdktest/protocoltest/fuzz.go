package protocoltest

import (
	"testing"

	"github.com/postern/postern/sdk"
)

// Fuzz feeds arbitrary bytes to a dialogue of either role. Events that ask are answered, so that the bytes reach every
// state; all that must hold for each call is checked. The seeds are what the scenarios put on the wire.
func Fuzz(f *testing.F, h Harness) {
	for _, s := range scenarios() {
		if h.Cannot[s.name] != "" {
			continue
		}
		p := h.pair(f, s.wanted(&h), wholeWire, 16)
		toCalled, toCaller := p.record()
		s.walk(p)
		f.Add(*toCalled, false, uint8(0))
		f.Add(*toCaller, true, uint8(7))
	}
	for _, g := range h.Garbage {
		f.Add(g, false, uint8(1))
	}
	f.Fuzz(func(t *testing.T, wire []byte, calling bool, choice uint8) {
		p := h.pair(t, h.small(), wholeWire, 1+int(choice%8))
		defer p.close()
		e := p.called
		if calling {
			e = p.caller
			p.say(e, sdk.Message{Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: sdk.Claim{Name: "P"}, Terms: h.Terms(h.small())}})
		}
		// Each call gets a copy of all that is pending: more than this costs time and finds nothing new.
		e.pending = append(e.pending, wire[:min(len(wire), 16<<10)]...)
		for p.hear(e); len(e.queue) > 0; p.hear(e) {
			x := e.queue[0]
			e.queue, e.out = e.queue[1:], nil
			p.react(e, x, int(choice))
			choice = choice*5 + 3
		}
	})
}

// record keeps what goes each way.
func (p *pair) record() (toCalled, toCaller *[]byte) {
	toCalled, toCaller = new([]byte), new([]byte)
	p.tap = func(to *end, b []byte) {
		if to == p.called {
			*toCalled = append(*toCalled, b...)
		} else {
			*toCaller = append(*toCaller, b...)
		}
	}
	return toCalled, toCaller
}

// react answers an event in one of the ways that the contract allows. A message that cannot be said gives an error,
// which is as good here; the call is then ended.
func (p *pair) react(e *end, x sdk.Event, choice int) {
	answers := map[sdk.Kind][]sdk.Kind{
		sdk.KindHello:   {sdk.KindWelcome, sdk.KindWelcome, sdk.KindRefuse},
		sdk.KindWelcome: {sdk.KindRequest, sdk.KindBye, sdk.KindTurn},
		sdk.KindRequest: {sdk.KindGrant, sdk.KindGrant, sdk.KindReply, sdk.KindRefuse},
		sdk.KindGrant:   {sdk.KindBegin, sdk.KindLeave},
		sdk.KindReply:   {sdk.KindRequest, sdk.KindBye},
		sdk.KindBegin:   {sdk.KindStart, sdk.KindStart, sdk.KindRefuse},
		sdk.KindStart:   {sdk.KindData, sdk.KindEnd, sdk.KindNone},
		sdk.KindData:    {sdk.KindNone, sdk.KindNone, sdk.KindStop},
		sdk.KindSync:    {sdk.KindSynced, sdk.KindNone, sdk.KindRewind},
		sdk.KindEnd:     {sdk.KindFinish, sdk.KindNone},
		sdk.KindFinish:  {sdk.KindFinished, sdk.KindRefuse, sdk.KindStop},
		sdk.KindRewind:  {sdk.KindRewound, sdk.KindStop},
		sdk.KindRewound: {sdk.KindStart},
		sdk.KindDamaged: {sdk.KindStop, sdk.KindRewind, sdk.KindAbort},
		sdk.KindStop:    {sdk.KindLeave, sdk.KindBegin},
		sdk.KindTurn:    {sdk.KindYield, sdk.KindRequest},
		sdk.KindWant:    {sdk.KindData, sdk.KindRefuse},
	}
	list := answers[x.Kind]
	if len(list) == 0 || list[choice%len(list)] == sdk.KindNone {
		return
	}
	m := p.h.full(list[choice%len(list)], x.Ref)
	m.Point, m.Tag, m.State = max(x.Point, 0), x.Tag, nil
	if m.Kind == sdk.KindWelcome {
		m.Welcome.Terms = x.Hello.Terms.Meet(m.Welcome.Terms)
	}
	if x.Request != nil {
		m.Grant.Number = x.Request.Number
	}
	if _, err := p.trySay(e, m); err != nil && e.owed {
		p.say(e, sdk.Message{Kind: sdk.KindAbort, Refusal: sdk.Refuse(sdk.ProtocolViolation, "by the suite")})
	}
}
