package protocoltest

import (
	"fmt"
	"testing"

	"github.com/postern/postern/sdk"
	"pgregory.net/rapid"
)

// tour visits every state of a protocol that has no turn.
var tour = []scenario{
	{"write", nil, func(p *pair) { p.open(); simple(p, sdk.ActionCreate); p.bye() }},
	{"read", nil, func(p *pair) { p.open(); simple(p, sdk.ActionRead); p.bye() }},
	{"stop", nil, func(p *pair) { stopAndRestart(p) }},
	{"message", nil, func(p *pair) { p.open(); messages(p, true); p.bye() }},
	{"rewind", resync, func(p *pair) { goBack(p, sdk.ActionCreate, false, true); p.bye() }},
	{"refused", nil, beginRefused},
}

// counterparts are the names under which a harness may say that a tour cannot be made.
var counterparts = map[string]string{
	"message": "a message is answered",
	"rewind":  "the receiver goes back after the end of the data",
	"stop":    "a stopped transfer restarts on the same session",
}

// left is thrown to leave a walk at a step.
type left struct{}

// upTo walks a scenario and leaves it at its nth step; ok is false when it has fewer.
func (h *Harness) upTo(t failer, s scenario, n int) (p *pair, ok bool) {
	t.Helper()
	var at *pair
	defer func() {
		if r := recover(); r != nil {
			if _, is := r.(left); !is {
				panic(r)
			}
			p, ok = at, true
		}
	}()
	at = h.pair(quick{t}, s.wanted(h), wholeWire, 16)
	at.brief = true
	at.onStep = func() {
		if n--; n < 0 {
			panic(left{})
		}
	}
	s.walk(at)
	at.close()
	return nil, false
}

// fromAnywhere calls try with a fresh pair in every state of the tour.
func (h *Harness) fromAnywhere(t *testing.T, try func(t *testing.T, fresh func() *pair)) {
	for _, s := range tour {
		if h.Cannot[counterparts[s.name]] != "" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			for n := 0; ; n++ {
				p, ok := h.upTo(t, s, n)
				if !ok {
					break
				}
				p.close()
				try(t, func() *pair {
					p, _ := h.upTo(t, s, n)
					p.onStep = nil
					return p
				})
			}
		})
	}
}

// anyMessage says every kind of message in every state: it is taken or gives an error, and nothing panics, then or at
// what follows.
func (h *Harness) anyMessage(t *testing.T) {
	h.fromAnywhere(t, func(t *testing.T, fresh func() *pair) {
		p := fresh()
		for k := sdk.KindNone; k <= sdk.KindFault+1; k++ {
			for _, m := range []sdk.Message{{Kind: k}, h.full(k, 1), h.full(k, 101)} {
				for _, caller := range []bool{true, false} {
					if h.sayAnyhow(t, p, m, caller) {
						p.close()
						p = fresh()
					}
				}
			}
		}
		p.close()
	})
}

// sayAnyhow says a message that may be out of place, and reports whether it was taken.
func (h *Harness) sayAnyhow(t *testing.T, p *pair, m sdk.Message, caller bool) (taken bool) {
	t.Helper()
	e := p.called
	if caller {
		e = p.caller
	}
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: say %+v: panic: %v", e.name, m, r)
			taken = true
		}
	}()
	if _, err := p.trySay(e, m); err != nil {
		return false
	}
	p.pump()
	return true
}

// full makes a message of a kind with every body it could have.
func (h *Harness) full(k sdk.Kind, ref uint32) sdk.Message {
	r := sdk.Request{Action: sdk.ActionCreate, Kind: "file", File: "FILE", Number: 1, Size: 1}
	if h.Request != nil {
		h.Request(&r)
	}
	terms := h.Terms(h.small())
	return sdk.Message{Kind: k, Ref: ref, Point: 1, At: -1, Len: 1, Bytes: []byte("data"), RecordEnd: true,
		Hello: &sdk.Hello{Claim: sdk.Claim{Name: "PARIS"}, Terms: terms}, Welcome: &sdk.Welcome{Terms: terms},
		Request: &r, Grant: &sdk.Grant{Number: 1, File: "FILE"}, Reply: &sdk.Reply{Text: "text"},
		Refusal: sdk.Refuse(sdk.DataIO, "by the suite"), Timer: sdk.TimerOfMessage}
}

// anyFarewell lets timers run out and the core abort in every state: the call is hung up, and a peer that is not owed
// an answer itself hears a Fault, if anything was said at all.
func (h *Harness) anyFarewell(t *testing.T) {
	messages := []sdk.Message{
		{Kind: sdk.KindExpired, Timer: sdk.TimerOfConnect}, {Kind: sdk.KindExpired, Timer: sdk.TimerOfMessage},
		{Kind: sdk.KindExpired, Timer: sdk.TimerOfIdle}, {Kind: sdk.KindAbort, Refusal: sdk.Refuse(sdk.ServerStopping, "by the suite")},
	}
	h.fromAnywhere(t, func(t *testing.T, fresh func() *pair) {
		for _, m := range messages {
			for _, caller := range []bool{true, false} {
				h.farewell(t, fresh(), m, caller)
			}
		}
	})
}

func (h *Harness) farewell(t *testing.T, p *pair, m sdk.Message, caller bool) {
	t.Helper()
	defer p.close()
	p.pump()
	e := p.called
	if caller {
		e = p.caller
	}
	other := p.other(e)
	e.queue, other.queue = nil, nil
	if said := p.say(e, m); said.Next != sdk.Hangup {
		t.Errorf("%s: after %s comes %d, want Hangup", e.name, m.Kind, said.Next)
	}
	spoke := len(e.out) > 0
	p.pump()
	if !spoke || other.owed || over(other.log) {
		return
	}
	if n := len(other.queue); n == 0 || other.queue[n-1].Kind != sdk.KindFault || other.queue[n-1].Refusal == nil || !other.queue[n-1].Refusal.ByPeer {
		t.Errorf("%s: after %s of the other side it hears %s, want a Fault by the peer", other.name, m.Kind, kinds(other.queue))
	}
}

// over reports whether the session was closed before.
func over(log []sdk.Event) bool {
	return len(log) > 0 && (log[len(log)-1].Kind == sdk.KindBye || log[len(log)-1].Kind == sdk.KindFault)
}

// anySplit plays scenarios with the wire cut at random and compares what both sides heard with the whole wire.
func (h *Harness) anySplit(t *testing.T) {
	var list []scenario
	for _, s := range scenarios() {
		if h.Cannot[s.name] == "" {
			list = append(list, s)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(list).Draw(t, "scenario")
		room := rapid.IntRange(1, 9).Draw(t, "room")
		top := rapid.SampledFrom([]int{2, 5, 40, 300, 5000}).Draw(t, "longest")
		cuts := rapid.SliceOfN(rapid.IntRange(1, top), 1, 64).Draw(t, "cuts")
		i := 0
		split := func(int) int { i++; return cuts[i%len(cuts)] }
		whole, cut := h.play(quick{t}, s, wholeWire, 16), h.play(quick{t}, s, split, room)
		for side, logs := range map[string][2][]sdk.Event{
			"caller": {whole.caller.log, cut.caller.log}, "called": {whole.called.log, cut.called.log},
		} {
			if a, b := written(logs[0]), written(logs[1]); a != b {
				t.Fatalf("%s: the %s hears other events when the wire is cut:\n%s\n%s", s.name, side, a, b)
			}
		}
	})
}

// written gives a log as text.
func written(log []sdk.Event) string {
	text := ""
	for _, e := range log {
		text += fmt.Sprintf("%s %d %d %d %q %q %v %v\n", e.Kind, e.Ref, e.Point, e.At, e.Bytes, e.State, e.RecordEnd, e.Counts)
	}
	return text
}
