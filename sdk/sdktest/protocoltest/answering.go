package protocoltest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/postern/postern/sdk"
	"pgregory.net/rapid"
)

// Answered is a protocol that is only called: [Run] joins two dialogues of one protocol, which it has not. In place of the
// calling dialogue stand the bytes of clients.
type Answered struct {
	Protocol sdk.Protocol
	Opening  func() sdk.Opening
	// Clients are what clients send, each a whole session: what stands in one piece is sent ahead, and the next piece comes
	// when all answers to it have been given.
	Clients map[string][][]byte
	// Answer is what the core says to an event that asks, and to a Want and a Sync. Data is without gaps.
	Answer func(e sdk.Event) sdk.Message
	// Garbage are first bytes that break the protocol.
	Garbage [][]byte
}

// RunAnswered holds a protocol that is only called to the contract: any split of the bytes gives the same events, never
// more is owed than it says, any message in any state is taken or is an error, and timers and aborts end any state.
func RunAnswered(t *testing.T, a Answered) {
	t.Helper()
	h := &Harness{Protocol: a.Protocol, Garbage: a.Garbage, Opening: func(sdk.Role) sdk.Opening { return a.Opening() },
		Terms: func(Wish) sdk.Terms { return nil }}
	for name, client := range a.Clients {
		t.Run(name, func(t *testing.T) {
			t.Run("any split gives the same events", func(t *testing.T) { a.anySplit(t, h, client) })
			t.Run("any message in any state", func(t *testing.T) { a.anyMessage(t, h, client) })
			t.Run("timers and aborts in any state", func(t *testing.T) { a.anyFarewell(t, h, client) })
		})
	}
	t.Run("garbage is a fault", func(t *testing.T) { a.garbage(t, h) })
}

// called is the one end of a call whose other end is bytes.
type called struct {
	*pair
	e *end
	a *Answered
}

func (a *Answered) call(t failer, h *Harness, room int) *called {
	p := &pair{t: t, h: h}
	c := &called{p, p.begin(sdk.Answering, "the called side", room), a}
	if d, ok := c.e.d.(sdk.Pipelined); ok {
		if c.e.most = d.Pipelined(); c.e.most < 1 || c.e.most > sdk.MaxPipelined {
			t.Fatalf("%d answers may be owed, want 1 to %d", c.e.most, sdk.MaxPipelined)
		}
	}
	return c
}

// hears offers bytes and answers the oldest event that asks, until nothing more comes.
func (c *called) hears(b []byte) {
	c.t.Helper()
	c.e.pending = append(c.e.pending, b...)
	for c.hear(c.e) || len(c.e.queue) > 0 {
		for owed := 0; len(c.e.queue) > 0; owed = 0 {
			for _, e := range c.e.queue {
				if answered(e.Kind) {
					owed++
				}
			}
			if c.e.most > 0 && owed > c.e.most {
				c.t.Fatalf("%d answers are owed, at most %d", owed, c.e.most)
			}
			e := c.e.queue[0]
			c.e.queue = slices.Delete(c.e.queue, 0, 1)
			if answered(e.Kind) {
				c.answer(e)
				break
			}
		}
	}
}

func (c *called) answer(e sdk.Event) {
	c.t.Helper()
	m := c.a.Answer(e)
	if f, ok := c.e.d.(sdk.Framer); ok && m.Kind == sdk.KindData && len(m.Bytes) > 0 {
		gap, _ := f.Frame(m.Ref)
		m.Bytes = append(make([]byte, gap), m.Bytes...)
	}
	c.say(c.e, m)
}

// answered counts what a core answers beside what asks.
func answered(k sdk.Kind) bool { return asks(k) || k == sdk.KindWant || k == sdk.KindSync }

func (a *Answered) anySplit(t *testing.T, h *Harness, client [][]byte) {
	whole := a.call(quick{t}, h, 16)
	for _, b := range client {
		whole.hears(b)
	}
	if n := len(whole.e.pending); n > 0 {
		t.Fatalf("%d bytes are left unused", n)
	}
	want := described(whole.e.log)
	rapid.Check(t, func(t *rapid.T) {
		c := a.call(quick{t}, h, rapid.IntRange(1, 9).Draw(t, "room"))
		top := rapid.SampledFrom([]int{2, 9, 40, 300, 70_000}).Draw(t, "longest")
		cuts := rapid.SliceOfN(rapid.IntRange(1, top), 1, 64).Draw(t, "cuts")
		i := 0
		for _, rest := range client {
			for ; len(rest) > 0; i++ {
				n := min(cuts[i%len(cuts)], len(rest))
				c.hears(rest[:n])
				rest = rest[n:]
			}
		}
		if got := described(c.e.log); got != want {
			t.Fatalf("other events when the bytes are cut:\n%.2000s\n%.2000s", want, got)
		}
		c.e.d.Close()
	})
}

// described gives a log as text, the events of each ref in their order: those of two refs may overtake each other, and the
// numbers of refs and tags are the dialogue's own, as long as refs grow.
func described(log []sdk.Event) string {
	text := map[uint32]string{}
	for _, e := range log {
		line := fmt.Sprintf("%s %d %d %q", e.Kind, e.Point, e.At, e.Bytes)
		if e.Request != nil {
			line += fmt.Sprintf(" %+v", *e.Request)
		}
		text[e.Ref] += line + "\n"
	}
	all := ""
	for _, ref := range slices.Sorted(maps.Keys(text)) {
		all += text[ref] + "\n"
	}
	return all
}

// states calls try with fresh calls that heard the client up to some byte; what the last bytes ask is not answered.
func (a *Answered) states(t *testing.T, h *Harness, client [][]byte, try func(c *called)) {
	for round, b := range client {
		step := max(1, len(b)/20)
		for n := 0; n < len(b); n += step {
			c := a.call(quick{t}, h, 16)
			for _, before := range client[:round] {
				c.hears(before)
			}
			c.hears(b[:n])
			c.e.pending = append(c.e.pending, b[n:min(n+step, len(b))]...)
			c.hear(c.e)
			try(c)
			c.e.d.Close()
		}
	}
}

func (a *Answered) anyMessage(t *testing.T, h *Harness, client [][]byte) {
	for k := sdk.KindNone; k <= sdk.KindFault+1; k++ {
		a.states(t, h, client, func(c *called) {
			list := append(slices.Clone(c.e.log), sdk.Event{Ref: 7, Tag: 7}, sdk.Event{})
			for _, e := range list[max(0, len(list)-6):] {
				for _, m := range []sdk.Message{{Kind: k, Ref: e.Ref, Tag: e.Tag}, {Kind: k, Ref: e.Ref}, h.full(k, e.Ref)} {
					m.Tag = e.Tag
					if _, err := c.trySay(c.e, m); err == nil {
						c.hear(c.e)
					}
				}
			}
		})
	}
}

func (a *Answered) anyFarewell(t *testing.T, h *Harness, client [][]byte) {
	for _, m := range []sdk.Message{
		{Kind: sdk.KindExpired, Timer: sdk.TimerOfMessage}, {Kind: sdk.KindExpired, Timer: sdk.TimerOfIdle},
		{Kind: sdk.KindAbort, Refusal: sdk.Refuse(sdk.ServerStopping, "by the suite")}, {Kind: sdk.KindAbort},
	} {
		a.states(t, h, client, func(c *called) {
			if said := c.say(c.e, m); said.Next != sdk.Hangup {
				t.Errorf("after %s comes %d, want Hangup", m.Kind, said.Next)
			}
			c.e.queue = nil
			c.e.pending = append(c.e.pending, client[0]...)
			if c.hear(c.e); len(c.e.queue) > 0 {
				t.Errorf("after %s the dialogue hears %s", m.Kind, kinds(c.e.queue))
			}
		})
	}
}

func (a *Answered) garbage(t *testing.T, h *Harness) {
	for _, g := range a.Garbage {
		c := a.call(t, h, 16)
		c.e.pending = append(c.e.pending, g...)
		c.hear(c.e)
		if q := c.e.queue; len(q) != 1 || q[0].Kind != sdk.KindFault || q[0].Refusal == nil || q[0].Refusal.ByPeer {
			t.Errorf("%.60q gives %s, want one Fault of ours", g, kinds(q))
		}
		c.e.d.Close()
	}
}
