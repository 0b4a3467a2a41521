// Package speaker lets a protocol that is written in Go be asked in the messages of the contract. A module (sdk/guest) has
// one [Speaker] for its instance, a process (sdk/process) one for each call. It is not for authors: they write an
// [sdk.Protocol].
package speaker

import (
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Manifest says what a protocol is.
func Manifest(p sdk.Protocol, version string) sdk.Manifest {
	m := sdk.Manifest{Name: p.Name(), Version: version, Contract: sdk.ContractVersion, Kinds: []string{sdk.PluginProtocol}}
	if d, ok := p.(sdk.Described); ok {
		said := d.Describe()
		m.Terms, m.Settings = said.Terms, said.Settings
	}
	return m
}

// Speaker is one side of one call. Its calls never overlap.
type Speaker struct {
	Protocol sdk.Protocol

	dialogue sdk.Dialogue
	events   []sdk.Event
	out      []byte
	heard    wire.Heard
}

// noDialogue is a bug of the server's.
const noDialogue = "no dialogue has begun"

// Begin begins the dialogue; one that is open ends.
func (s *Speaker) Begin(o sdk.Opening) (x wire.Begun) {
	s.End()
	d, out, err := s.Protocol.Begin(o, s.out[:0])
	if err != nil {
		x.Err = words(err)
		return x
	}
	s.dialogue, s.out, x.Out = d, out, out
	if p, ok := d.(sdk.Pipelined); ok {
		x.Pipelined = p.Pipelined()
	}
	return x
}

// most is how many events one call gives, however many there is room for.
const most = 1024

// Hear hears bytes. The reply is valid until the next call; Spans is left to the caller.
func (s *Speaker) Hear(room int, in []byte) *wire.Heard {
	s.heard = wire.Heard{Spans: s.heard.Spans[:0]}
	if s.dialogue == nil {
		s.heard.Err = noDialogue
		return &s.heard
	}
	if room = min(room, most); cap(s.events) < room {
		s.events = make([]sdk.Event, 0, room)
	}
	used, events, out, err := s.dialogue.Hear(in, s.events[:0:room], s.out[:0])
	if err != nil {
		s.heard.Err = words(err)
		return &s.heard
	}
	s.out = out
	s.heard.Used, s.heard.Events, s.heard.Out = used, events, out
	if c, ok := s.dialogue.(sdk.Mover); ok {
		s.heard.Changed = c.Moved()
	}
	return &s.heard
}

// Say says a message. The reply's bytes are valid until the next call.
func (s *Speaker) Say(m sdk.Message) (x wire.Said) {
	if s.dialogue == nil {
		x.Err = noDialogue
		return x
	}
	said, out, err := s.dialogue.Say(m, s.out[:0])
	if err != nil {
		x.Err = words(err)
		return x
	}
	s.out = out
	x.Said, x.Out = said, out
	return x
}

// Frame asks the dialogue how it wants the data of a file.
func (s *Speaker) Frame(ref uint32) (x wire.Frame) {
	f, ok := s.dialogue.(sdk.Framer)
	if !ok {
		return x
	}
	if x.Gap, x.Payload = f.Frame(ref); x.Payload > 0 {
		h, ok := f.(sdk.HeadersOnly)
		x.HeadersOnly = ok && h.HeadersOnly()
	}
	return x
}

// End closes the dialogue.
func (s *Speaker) End() {
	if s.dialogue != nil {
		s.dialogue.Close()
		s.dialogue = nil
	}
}

// words are an error's, never empty: an empty text means that there was none.
func words(err error) string {
	if text := err.Error(); text != "" {
		return text
	}
	return "an error without words"
}
