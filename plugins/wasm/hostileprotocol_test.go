package wasm_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// blockAt is where the block buffer of a [speaker] lies: it is the first thing that is allocated.
const blockAt = heap

// speaker is a module that gives a fixed answer to each method of a dialogue, or runs code for it.
type speaker struct {
	replies map[uint32][]byte
	codes   map[uint32][]byte
}

func (s speaker) build() []byte {
	r := newReactor()
	r.manifest.Kinds = []string{sdk.PluginProtocol}
	at := scratch
	var body []any
	for _, method := range []uint32{wire.MethodBegin, wire.MethodHear, wire.MethodSay, wire.MethodEnd, wire.MethodFrame} {
		do := code(packed(1, 0), ret) // a message without fields
		if b, ok := s.replies[method]; ok {
			do = code(packed(at, len(b)), ret)
			r.data(int32(at), string(b))
			at += (len(b) + 15) &^ 15
		}
		if c, ok := s.codes[method]; ok {
			do = c
		}
		body = append(body, get(0), i32c(int32(method)), eq, when(do))
	}
	return r.build(body...)
}

func hearing(x wire.Heard) map[uint32][]byte {
	return map[uint32][]byte{wire.MethodHear: wire.AppendHeard(nil, &x)}
}

func data(s wire.Span) wire.Heard {
	return wire.Heard{Used: 3, Events: []sdk.Event{{Kind: sdk.KindData, At: -1}}, Spans: []wire.Span{s}}
}

func TestAModuleThatMisbehavesInADialogueEndsItsOwnCall(t *testing.T) {
	hello := sdk.Event{Kind: sdk.KindHello, Hello: &sdk.Hello{}}
	for name, c := range map[string]struct {
		speaker speaker
		words   string
	}{
		"data outside its memory":     {speaker{replies: hearing(data(wire.Span{At: 0xffffff00, Len: 0x80}))}, "lies outside its memory"},
		"data over the edge":          {speaker{replies: hearing(data(wire.Span{At: 0xffffff00, Len: 0x800}))}, "lies outside its memory"},
		"data that it did not use":    {speaker{replies: hearing(data(wire.Span{At: blockAt + 2, Len: 4}))}, "its data ends at byte 6, it used 3"},
		"more used than there is":     {speaker{replies: hearing(wire.Heard{Used: 100})}, "it used 100 bytes of 8"},
		"more events than fit":        {speaker{replies: hearing(wire.Heard{Used: 3, Events: make([]sdk.Event, 9)})}, "cannot be read"},
		"a hello that says nothing":   {speaker{replies: hearing(wire.Heard{Used: 3, Events: []sdk.Event{{Kind: sdk.KindHello}}})}, "without what belongs to it"},
		"hears on after an ask":       {speaker{replies: hearing(wire.Heard{Used: 3, Events: []sdk.Event{hello, {Kind: sdk.KindBye}}})}, "after Hello, which asks"},
		"a span of a bye":             {speaker{replies: hearing(wire.Heard{Used: 3, Events: []sdk.Event{{Kind: sdk.KindBye}}, Spans: []wire.Span{{At: blockAt, Len: 2}}})}, "the event Bye with bytes"},
		"output outside its memory":   {speaker{replies: hearing(wire.Heard{OutAt: wire.Span{At: 0xfffff000, Len: 100}})}, "output of 100 bytes at 0xfffff000 lies outside"},
		"output without end":          {speaker{replies: hearing(wire.Heard{OutAt: wire.Span{At: 1024, Len: 1 << 31}})}, "to be sent at once"},
		"garbage":                     {speaker{replies: map[uint32][]byte{wire.MethodHear: []byte("\xff\xff\xff\xff")}}, "cannot be read"},
		"an error of its own":         {speaker{replies: hearing(wire.Heard{Err: "a bug"})}, "it cannot go on: a bug"},
		"a trap":                      {speaker{codes: map[uint32][]byte{wire.MethodHear: code(unreachable)}}, "unreachable"},
		"an endless loop":             {speaker{codes: map[uint32][]byte{wire.MethodHear: loop(br(0))}}, "ran out of fuel"},
		"an answer that is no method": {speaker{codes: map[uint32][]byte{wire.MethodHear: code(i64c(-1), ret)}}, "not implemented"},
	} {
		t.Run(name, func(t *testing.T) {
			log, text := logTo()
			s := settings(c.speaker.build())
			s.Log = log
			p := loadProtocol(t, s)
			d, other := begun(t, p, "192.0.2.1"), begun(t, p, "192.0.2.2")
			defer other.Close()
			defer d.Close()
			used, ev, out, err := d.Hear([]byte("12345678"), make([]sdk.Event, 0, 4), []byte("before"))
			if err != nil || used != 8 || len(ev) != 1 || ev[0].Kind != sdk.KindFault || string(out) != "before" {
				t.Fatalf("it used %d bytes, gave %d events and %q: %v", used, len(ev), out, err)
			}
			if r := ev[0].Refusal; r.Code != sdk.ExitFailed || !strings.Contains(r.Error(), c.words) {
				t.Errorf("the fault says %v, want exit.failed with %q", r, c.words)
			}
			if !strings.Contains(text.String(), "level=ERROR") {
				t.Errorf("the log says %q", text)
			}
			if used, ev, _, _ := d.Hear([]byte("9"), make([]sdk.Event, 0, 4), nil); used != 1 || len(ev) > 0 {
				t.Errorf("after the fault it used %d bytes and gave %d events", used, len(ev))
			}
			if said, _, err := d.Say(sdk.Message{Kind: sdk.KindAbort, Refusal: ev[0].Refusal}, nil); err != nil || said.Next != sdk.Hangup {
				t.Errorf("after the fault an abort gives %+v, %v", said, err)
			}
			if said, _, err := other.Say(sdk.Message{Kind: sdk.KindWelcome}, nil); err != nil || said.Next != sdk.Continue {
				t.Errorf("the other call says %+v, %v", said, err)
			}
		})
	}
}

func begun(t *testing.T, p *wasm.Protocol, peer string) sdk.Dialogue {
	t.Helper()
	d, _, err := p.Begin(sdk.Opening{Role: sdk.Answering, Peer: netip.AddrPortFrom(netip.MustParseAddr(peer), 4711)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func saying(x wire.Said) map[uint32][]byte {
	return map[uint32][]byte{wire.MethodSay: wire.AppendSaid(nil, &x)}
}

func TestAModuleThatCannotSayWhatItShallIsHungUp(t *testing.T) {
	for name, c := range map[string]struct {
		speaker speaker
		words   string
	}{
		"more taken than there is": {speaker{replies: saying(wire.Said{Said: sdk.Said{Used: 100}})}, "it took 100 bytes of 4"},
		"too much state":           {speaker{replies: saying(wire.Said{Said: sdk.Said{State: make([]byte, sdk.MaxState+1)}})}, "cannot be read"},
		"output outside":           {speaker{replies: saying(wire.Said{OutAt: wire.Span{At: 0xfffff000, Len: 100}})}, "lies outside its memory"},
		"a trap":                   {speaker{codes: map[uint32][]byte{wire.MethodSay: code(unreachable)}}, "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			d := begun(t, loadProtocol(t, settings(c.speaker.build())), "192.0.2.1")
			defer d.Close()
			_, out, err := d.Say(sdk.Message{Kind: sdk.KindData, At: -1, Bytes: []byte("data")}, []byte("before"))
			if sdk.CodeOf(err) != sdk.ExitFailed || !strings.Contains(err.Error(), c.words) || string(out) != "before" {
				t.Errorf("it says %q: %v, want exit.failed with %q", out, err, c.words)
			}
			if said, _, err := d.Say(sdk.Message{Kind: sdk.KindBye}, nil); err != nil || said.Next != sdk.Hangup {
				t.Errorf("then it says %+v, %v", said, err)
			}
		})
	}
}

func TestAFrameThatNoDataFitsIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		frame wire.Frame
		fails bool
	}{"too large": {wire.Frame{Gap: 10, Payload: 1 << 30}, true}, "a gap alone": {wire.Frame{Gap: 10}, true}, "none": {wire.Frame{}, false}} {
		d := begun(t, loadProtocol(t, settings(speaker{replies: map[uint32][]byte{wire.MethodFrame: wire.AppendFrame(nil, &c.frame)}}.build())), "192.0.2.1")
		if gap, payload := d.(sdk.Framer).Frame(1); gap != 0 || payload != 0 {
			t.Errorf("%s: the frame is %d and %d", name, gap, payload)
		}
		if said, _, err := d.Say(sdk.Message{Kind: sdk.KindBye}, nil); err != nil || (said.Next == sdk.Hangup) != c.fails {
			t.Errorf("%s: then it says %+v, %v", name, said, err)
		}
		d.Close()
	}
}

func TestAModuleThatFailsForEverybodyIsLeftAloneForAWhile(t *testing.T) {
	p := loadProtocol(t, settings(speaker{codes: map[uint32][]byte{wire.MethodHear: code(unreachable)}}.build()))
	for _, peer := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		d := begun(t, p, peer)
		d.Hear([]byte("x"), make([]sdk.Event, 0, 1), nil)
		d.Close()
	}
	if _, _, err := p.Begin(sdk.Opening{Role: sdk.Answering}, nil); sdk.CodeOf(err) != sdk.ExitFailed || p.Resting() == "" {
		t.Errorf("the next call begins with %v", err)
	}
}

func TestInstancesAreTheLimitOfCallsAndOneCallerNeverHasThemAll(t *testing.T) {
	s := settings(speaker{}.build())
	s.Limits.Instances = 4
	p := loadProtocol(t, s)
	var open []sdk.Dialogue
	for range 3 {
		open = append(open, begun(t, p, "192.0.2.1"))
	}
	if _, _, err := p.Begin(sdk.Opening{Role: sdk.Answering, Peer: netip.MustParseAddrPort("192.0.2.1:9")}, nil); sdk.CodeOf(err) != sdk.LimitSessions {
		t.Errorf("a fourth call of one caller gets %v, want limit.sessions", err)
	}
	open = append(open, begun(t, p, "192.0.2.2"))
	if _, _, err := p.Begin(sdk.Opening{Role: sdk.Answering, Peer: netip.MustParseAddrPort("192.0.2.3:9")}, nil); sdk.CodeOf(err) != sdk.LimitSessions {
		t.Errorf("a fifth call gets %v, want limit.sessions", err)
	}
	for _, d := range open {
		d.Close()
	}
	begun(t, p, "192.0.2.3").Close()
}

func TestOnlyAModuleThatSpeaksAProtocolIsOne(t *testing.T) {
	_, err := wasm.LoadProtocol(context.Background(), settings(newReactor(sdk.PointIdentify).build()))
	if err == nil || !strings.Contains(err.Error(), "protocol vet: it speaks no protocol") {
		t.Errorf("an exit is loaded: %v", err)
	}
}
