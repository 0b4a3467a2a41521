package protocoltest

import (
	"github.com/postern/postern/sdk"
)

// pair is a calling and an answering dialogue that are joined.
type pair struct {
	t              failer
	h              *Harness
	wish           Wish
	caller, called *end
	split          func(n int) int // how many of n bytes arrive next
	refs           uint32
	brief          bool               // short files
	onStep         func()             // before each step of a walk; may end it
	tap            func(*end, []byte) // what arrives, and where
}

func (h *Harness) pair(t failer, w Wish, split func(int) int, room int) *pair {
	t.Helper()
	p := &pair{t: t, h: h, wish: w, split: split, refs: 100}
	p.caller = p.begin(sdk.Calling, "the caller", room)
	p.called = p.begin(sdk.Answering, "the called side", room)
	return p
}

func (p *pair) begin(role sdk.Role, name string, room int) *end {
	p.t.Helper()
	var o sdk.Opening
	if p.h.Opening != nil {
		o = p.h.Opening(role)
	}
	o.Role, o.Terms = role, p.h.Terms(p.wish)
	d, out, err := p.h.Protocol.Begin(o, nil)
	if err != nil {
		p.t.Fatalf("begin %s: %v", name, err)
	}
	return &end{name: name, d: d, out: out, room: room, events: make([]sdk.Event, room+2)}
}

func (p *pair) close() {
	p.caller.d.Close()
	p.called.d.Close()
}

func (p *pair) other(e *end) *end {
	if e == p.caller {
		return p.called
	}
	return p.caller
}

// pump carries bytes both ways until nothing moves any more.
func (p *pair) pump() {
	p.t.Helper()
	for moved := true; moved; {
		moved = false
		for _, to := range []*end{p.called, p.caller} {
			from := p.other(to)
			if len(from.out) > 0 {
				n := min(max(p.split(len(from.out)), 1), len(from.out))
				if p.tap != nil {
					p.tap(to, from.out[:n])
				}
				to.pending = append(to.pending, from.out[:n]...)
				from.out = from.out[n:]
				moved = true
			}
			moved = p.hear(to) || moved
		}
	}
}

// heard carries bytes and takes the next event, which must be of that kind.
func (p *pair) heard(e *end, k sdk.Kind) sdk.Event {
	p.t.Helper()
	p.pump()
	if len(e.queue) == 0 {
		p.t.Fatalf("%s hears nothing, want %s", e.name, k)
	}
	x := e.queue[0]
	if x.Kind != k {
		p.t.Fatalf("%s hears %s, want %s", e.name, kinds(e.queue), k)
	}
	e.queue = e.queue[1:]
	return x
}

// quiet carries bytes and checks that nobody hears anything.
func (p *pair) quiet() {
	p.t.Helper()
	p.pump()
	for _, e := range []*end{p.caller, p.called} {
		if len(e.queue) > 0 {
			p.t.Fatalf("%s hears %s, want nothing", e.name, kinds(e.queue))
		}
	}
}

// step marks a moment at which a walk may be left, to try something else from there.
func (p *pair) step() {
	if p.onStep != nil {
		p.onStep()
	}
}

// open says hello and welcome.
func (p *pair) open() {
	p.t.Helper()
	p.step()
	p.hello()
	p.step()
	p.welcome()
	p.step()
}

func (p *pair) hello() sdk.Event {
	p.t.Helper()
	h := &sdk.Hello{Terms: p.h.Terms(p.wish)}
	h.Name, h.CalledName, h.Secret, h.Access = "PARIS", "POSTERN", sdk.NewSecret("secret"), "mixed"
	p.say(p.caller, sdk.Message{Kind: sdk.KindHello, Hello: h})
	e := p.heard(p.called, sdk.KindHello)
	if e.Hello == nil || e.Hello.Name != "PARIS" || e.Hello.Secret.Reveal() != "secret" {
		p.t.Fatalf("the called side hears the hello %+v", e.Hello)
	}
	return e
}

func (p *pair) welcome() {
	p.t.Helper()
	agreed := p.h.Terms(p.wish)
	p.say(p.called, sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{Terms: agreed, LocalName: "POSTERN"}})
	e := p.heard(p.caller, sdk.KindWelcome)
	if e.Welcome == nil {
		p.t.Fatalf("a welcome without a body")
	}
	for _, term := range agreed {
		if got, ok := e.Welcome.Terms.Get(term.Name); ok {
			if _, ok := (sdk.Terms{got}).NoWider(agreed); !ok {
				p.t.Fatalf("the caller believes in %+v, agreed was %+v", got, term)
			}
		}
	}
}

func (p *pair) bye() {
	p.t.Helper()
	p.say(p.caller, sdk.Message{Kind: sdk.KindBye})
	p.heard(p.called, sdk.KindBye)
	p.step()
	p.heard(p.caller, sdk.KindBye)
	p.quiet()
}
