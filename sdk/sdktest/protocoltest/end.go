package protocoltest

import (
	"bytes"
	"fmt"
	"strings"
	"unsafe"

	"github.com/postern/postern/sdk"
)

// failer is what the suite needs of a test; rapid's has it too.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// quick is a test whose Helper costs nothing, for walks that are made thousands of times.
type quick struct{ failer }

// Helper does nothing.
func (quick) Helper() {}

// end is one dialogue with what is under way from it and to it.
type end struct {
	name    string
	d       sdk.Dialogue
	pending []byte      // arrived and not used
	out     []byte      // written, on its way to the other end
	queue   []sdk.Event // heard and not expected yet
	log     []sdk.Event // everything heard, data joined
	owed    bool        // an event that asks waits for its answer
	answer  bool        // something was said since the last Hear
	fault   bool
	room    int
	most    int         // answers that may be owed; 0: one
	events  []sdk.Event // room and two more, offered at each Hear
	lent    []loan      // data events whose bytes are the dialogue's own
}

// loan is a slice that must stay as it is until the next call.
type loan struct{ bytes, copy []byte }

// hear offers what is pending as the core does, and checks what must hold for every call.
func (p *pair) hear(e *end) (progress bool) {
	p.t.Helper()
	for !e.owed && (len(e.pending) > 0 || e.answer || progress) {
		used, n := p.hearOnce(e)
		if used == 0 && n == 0 {
			if len(e.pending) > sdk.MaxHeld {
				p.t.Fatalf("%s leaves %d bytes unused, more than %d", e.name, len(e.pending), sdk.MaxHeld)
			}
			return progress
		}
		progress = true
	}
	return progress
}

func (p *pair) hearOnce(e *end) (used, n int) {
	p.t.Helper()
	p.checkLoans(e)
	in := bytes.Clone(e.pending)
	// The events behind the room are there to be found if the dialogue writes over them.
	backing := e.events
	clear(backing)
	backing[e.room].Kind = sdk.KindBye
	prefix := []byte("before")
	used, ev, out, err := e.d.Hear(in, backing[:0:e.room], prefix)
	switch {
	case err != nil:
		p.t.Fatalf("%s: hear %.60q: %v", e.name, e.pending, err)
	case used < 0 || used > len(in):
		p.t.Fatalf("%s: used %d of %d bytes", e.name, used, len(in))
	case len(ev) > e.room || backing[e.room].Kind != sdk.KindBye:
		p.t.Fatalf("%s: %d events, there was room for %d", e.name, len(ev), e.room)
	case !bytes.HasPrefix(out, []byte("before")):
		p.t.Fatalf("%s: what was in out before is lost", e.name)
	case e.fault && (len(ev) > 0 || len(out) > len("before")):
		p.t.Fatalf("%s: %s and %q after a Fault", e.name, kinds(ev), out[len("before"):])
	}
	e.answer = false
	for i, x := range ev {
		if asks(x.Kind) && i < len(ev)-1 && e.most == 0 {
			p.t.Fatalf("%s: %s after %s, which asks", e.name, ev[i+1].Kind, x.Kind)
		}
		p.take(e, x, in)
	}
	e.out = append(e.out, out[len("before"):]...)
	e.pending = e.pending[used:]
	return used, len(ev)
}

// take keeps an event with bytes of its own.
func (p *pair) take(e *end, x sdk.Event, in []byte) {
	p.t.Helper()
	if x.Kind == sdk.KindNone {
		p.t.Fatalf("%s: an event without a kind", e.name)
	}
	if len(x.State) > sdk.MaxState {
		p.t.Fatalf("%s: %s with %d bytes of state, at most %d", e.name, x.Kind, len(x.State), sdk.MaxState)
	}
	if text, bad := wrongText(x); bad {
		p.t.Fatalf("%s: %s with the text %.100q, which is not UTF-8: a plugin's would end its call", e.name, x.Kind, text)
	}
	e.owed, e.fault = asks(x.Kind) && e.most == 0, x.Kind == sdk.KindFault
	own := bytes.Clone(x.Bytes)
	if len(x.Bytes) > 0 && !within(x.Bytes, in) {
		e.lent = append(e.lent, loan{x.Bytes, own})
	}
	x.Bytes, x.State = own, bytes.Clone(x.State)
	e.queue = append(e.queue, x)
	if last := len(e.log) - 1; x.Kind == sdk.KindData && last >= 0 && joins(e.log[last], x) {
		e.log[last].Bytes = append(e.log[last].Bytes, own...)
		e.log[last].RecordEnd, e.log[last].More = x.RecordEnd, x.More
		return
	}
	x.Bytes = bytes.Clone(own) // data that follows is joined to it
	e.log = append(e.log, x)
}

// joins reports whether data b only continues a.
func joins(a, b sdk.Event) bool {
	return a.Kind == sdk.KindData && !a.RecordEnd && a.Ref == b.Ref && a.Tag == b.Tag &&
		(a.At < 0 && b.At < 0 || a.At >= 0 && a.At+int64(len(a.Bytes)) == b.At)
}

// within reports whether b is a slice of in.
func within(b, in []byte) bool {
	from := uintptr(unsafe.Pointer(unsafe.SliceData(in)))
	at := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return at >= from && at+uintptr(len(b)) <= from+uintptr(len(in))
}

// checkLoans finds a dialogue that changes the bytes of an event before the next call.
func (p *pair) checkLoans(e *end) {
	p.t.Helper()
	for _, l := range e.lent {
		if !bytes.Equal(l.bytes, l.copy) {
			p.t.Fatalf("%s: the bytes of a Data event changed before the next call", e.name)
		}
	}
	e.lent = e.lent[:0]
}

// say says a message that must be taken, and puts its bytes on the way.
func (p *pair) say(e *end, m sdk.Message) sdk.Said {
	p.t.Helper()
	said, err := p.trySay(e, m)
	if err != nil {
		p.t.Fatalf("%s: say %s: %v", e.name, m.Kind, err)
	}
	return said
}

func (p *pair) trySay(e *end, m sdk.Message) (sdk.Said, error) {
	p.t.Helper()
	p.checkLoans(e)
	said, out, err := e.d.Say(m, []byte("before"))
	if !bytes.HasPrefix(out, []byte("before")) {
		p.t.Fatalf("%s: say %s loses what was in out before", e.name, m.Kind)
	}
	if err != nil && len(out) > len("before") {
		p.t.Fatalf("%s: say %s fails and writes %q all the same", e.name, m.Kind, out[len("before"):])
	}
	if len(said.State) > sdk.MaxState {
		p.t.Fatalf("%s: say %s gives %d bytes of state, at most %d", e.name, m.Kind, len(said.State), sdk.MaxState)
	}
	if err == nil {
		e.out = append(e.out, out[len("before"):]...)
		e.answer = true
		if m.Kind != sdk.KindSynced {
			e.owed = false
		}
	}
	return said, err
}

// sayNothing says a message that the peer has overtaken: no bytes, no error.
func (p *pair) sayNothing(e *end, m sdk.Message) {
	p.t.Helper()
	owed, n := e.owed, len(e.out)
	said, err := p.trySay(e, m)
	if err != nil {
		p.t.Fatalf("%s: say %s, which the peer has overtaken: %v", e.name, m.Kind, err)
	}
	if len(e.out) != n {
		p.t.Fatalf("%s: %s, which the peer has overtaken, writes %.80q", e.name, m.Kind, e.out[n:])
	}
	if said.Used > 0 {
		p.t.Fatalf("%s: %d bytes are taken after the peer has overtaken them", e.name, said.Used)
	}
	e.owed = owed
}

// asks counts Rewound too: the dialogue waits for the state of the point.
func asks(k sdk.Kind) bool { return k.Asks() || k == sdk.KindRewound }

func kinds(ev []sdk.Event) string {
	if len(ev) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for i, e := range ev {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s", e.Kind)
		if e.Refusal != nil {
			fmt.Fprintf(&b, " (%v)", e.Refusal)
		}
	}
	return b.String()
}
