package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/postern/postern/sdk"
)

// Manner is a way of playing a section.
type Manner uint8

const (
	// AsWritten offers the bytes of each > step at once.
	AsWritten Manner = iota
	// ByteByByte offers one more byte each time, with room for one event.
	ByteByByte
	// Coalesced offers what the peer could have sent ahead together with what came before.
	Coalesced
)

// String names the manner.
func (m Manner) String() string {
	return [...]string{"as written", "byte by byte", "coalesced"}[m]
}

// player plays one section once.
type player struct {
	protocol sdk.Protocol
	dialogue sdk.Dialogue
	manner   Manner
	pending  []byte // offered and not used
	events   []sdk.Event
	out      []byte
	asked    bool
	most     int // answers that may be owed; 0: the dialogue waits for each
	fault    bool
	said     sdk.Said
	sayErr   error
	room     int
}

// Play plays the section in one manner. The error says file and line.
func (s *Section) Play(p sdk.Protocol, o sdk.Opening, m Manner) error {
	if m == Coalesced && s.apart {
		return nil
	}
	steps := s.steps
	if m == Coalesced {
		steps = ahead(steps)
	}
	pl := &player{protocol: p, manner: m, room: [...]int{8, 1, 64}[m]}
	line := s.Line
	err := pl.play(s.opening(p, o), steps, &line)
	if err != nil {
		return fmt.Errorf("%s:%d: %s, %s: %w", s.File, line, s.Name, m, err)
	}
	return nil
}

func (s *Section) opening(p sdk.Protocol, o sdk.Opening) sdk.Opening {
	if s.role != 0 {
		o.Role = s.role
	}
	if d, ok := p.(sdk.Described); ok && o.Terms == nil {
		o.Terms = d.Describe().Defaults()
	}
	for _, f := range s.terms {
		o.Terms = o.Terms.With(guessTerm(f.name, f.value))
	}
	for _, f := range s.settings {
		o.Settings = o.Settings.With(guessTerm(f.name, f.value))
	}
	o.Terms, o.Settings = retype(p, o.Terms), retype(p, o.Settings)
	return o
}

// ahead moves what the peer sends up to where it could have been sent: before what the core says in answer to an event
// that asks, because the dialogue must leave it unused until then. Other messages hold it back.
func ahead(steps []step) []step {
	out := make([]step, 0, len(steps))
	for _, st := range steps {
		if st.verb != fromPeer {
			out = append(out, st)
			continue
		}
		at := len(out)
		for at > 0 && out[at-1].verb != fromPeer && !holdsBack(out, at-1) {
			at--
		}
		if at > 0 && out[at-1].verb == fromPeer {
			joined := &out[at-1].bytes
			*joined = append((*joined)[:len(*joined):len(*joined)], st.bytes...)
			continue
		}
		out = slices.Insert(out, at, st)
	}
	return out
}

// holdsBack reports whether the peer must have seen step i before it sends on.
func holdsBack(steps []step, i int) bool {
	v := steps[i].verb
	return (v == say || v == said) && !answers(steps, i)
}

// answers reports whether the message at i, or the result of one, follows an event that asks.
func answers(steps []step, i int) bool {
	for i > 0 && steps[i].verb == said {
		i--
	}
	for i--; i >= 0; i-- {
		switch steps[i].verb {
		case expect:
			return asks(steps[i].kind)
		case say:
			return false
		}
	}
	return false
}

// asks counts Rewound too: the dialogue waits for the state of the point.
func asks(k sdk.Kind) bool { return k.Asks() || k == sdk.KindRewound }

func (p *player) play(o sdk.Opening, steps []step, line *int) (err error) {
	if p.dialogue, p.out, err = p.protocol.Begin(o, nil); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer p.dialogue.Close()
	if d, ok := p.dialogue.(sdk.Pipelined); ok {
		if p.most = d.Pipelined(); p.most < 1 || p.most > sdk.MaxPipelined {
			return fmt.Errorf("%d answers may be owed, 1 to %d are allowed", p.most, sdk.MaxPipelined)
		}
		if p.manner == Coalesced {
			return nil // what is sent ahead gives its events before the answers, as it should
		}
	}
	for i := range steps {
		st := &steps[i]
		*line = st.line
		if err := p.step(st); err != nil {
			return err
		}
		if st.verb == say && p.sayErr != nil && (i+1 == len(steps) || steps[i+1].verb != said) {
			return fmt.Errorf("say %s: %w", st.kind, p.sayErr)
		}
	}
	if err := p.settled(); err != nil {
		return fmt.Errorf("at the end: %w", err)
	}
	if len(p.pending) > 0 {
		return fmt.Errorf("at the end: %d bytes are left unused: %.80q", len(p.pending), p.pending)
	}
	return nil
}

func (p *player) step(st *step) error {
	switch st.verb {
	case fromPeer:
		if err := p.quiet(); err != nil {
			return err
		}
		return p.offer(st.bytes.bytes())
	case say:
		if err := p.quiet(); err != nil {
			return err
		}
		return p.say(st)
	case said:
		return p.checkSaid(st)
	case expect:
		return p.checkEvent(st)
	case toPeer:
		return p.checkOutput(st)
	}
	return nil
}

// quiet checks that nothing happened that is not written down. What was sent ahead may show later.
func (p *player) quiet() error {
	if p.manner == Coalesced {
		return nil
	}
	return p.settled()
}

func (p *player) settled() error {
	if len(p.events) > 0 {
		return fmt.Errorf("event %s is not written down", describe(p.events[0]))
	}
	if len(p.out) > 0 {
		return fmt.Errorf("output %.200q is not written down", p.out)
	}
	return nil
}

func (p *player) offer(b []byte) error {
	if p.manner != ByteByByte {
		p.pending = append(p.pending, b...)
		return p.hear()
	}
	for i := range b {
		p.pending = append(p.pending, b[i])
		if err := p.hear(); err != nil {
			return err
		}
	}
	return nil
}

// hear calls Hear as the core does: until nothing more comes of it, or an answer is owed.
func (p *player) hear() error {
	for !p.asked {
		used, n, err := p.hearOnce()
		if err != nil {
			return err
		}
		if used == 0 && n == 0 {
			if len(p.pending) > sdk.MaxHeld {
				return fmt.Errorf("the dialogue leaves %d bytes unused, more than %d", len(p.pending), sdk.MaxHeld)
			}
			return nil
		}
		if len(p.pending) == 0 && n == 0 {
			return nil
		}
	}
	return nil
}

func (p *player) hearOnce() (used, n int, err error) {
	in := bytes.Clone(p.pending)
	used, ev, out, err := p.dialogue.Hear(in, make([]sdk.Event, 0, p.room), nil)
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("hear: %w", err)
	case used < 0 || used > len(in):
		return 0, 0, fmt.Errorf("hear: used %d of %d bytes", used, len(in))
	case len(ev) > p.room:
		return 0, 0, fmt.Errorf("hear: %d events, there was room for %d", len(ev), p.room)
	case p.fault && (len(ev) > 0 || len(out) > 0):
		return 0, 0, errors.New("hear: something came after Fault")
	}
	for i, e := range ev {
		if asks(e.Kind) && i < len(ev)-1 && p.most == 0 {
			return 0, 0, fmt.Errorf("hear: %s came after %s, which asks", ev[i+1].Kind, e.Kind)
		}
		p.asked, p.fault = asks(e.Kind) && p.most == 0, e.Kind == sdk.KindFault
		e.Bytes, e.State = bytes.Clone(e.Bytes), bytes.Clone(e.State)
		p.events = append(p.events, e)
	}
	for i := range in {
		in[i] = 0xDB
	}
	p.out = append(p.out, out...)
	p.pending = p.pending[used:]
	return used, len(ev), nil
}

func (p *player) say(st *step) error {
	m, err := st.message()
	if err != nil {
		return err
	}
	retypeMessage(p.protocol, &m)
	var out []byte
	p.said, out, p.sayErr = p.dialogue.Say(m, nil)
	p.out = append(p.out, out...)
	if f, ok := p.dialogue.(sdk.Framer); ok && m.Tag != 0 && p.said.Used > 0 {
		if _, most := f.Frame(m.Ref); most > 0 {
			p.out = append(p.out, m.Bytes[:p.said.Used]...)
		}
	}
	if p.sayErr != nil {
		if len(out) > 0 {
			return fmt.Errorf("say %s failed and wrote %q all the same", st.kind, out)
		}
		return nil
	}
	if st.kind != sdk.KindSynced {
		p.asked = false
	}
	return p.hear()
}
