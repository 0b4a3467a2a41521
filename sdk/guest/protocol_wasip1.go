package guest

import (
	"log/slog"
	"unsafe"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/speaker"
)

// ServeProtocol makes p the protocol of the module. It is called once, from init. An instance of the module speaks for one
// call and ends with it. Hear must leave the payload in the bytes it hears where it is, unless the dialogue is an
// [sdk.Mover]. In a program that is no module it does nothing.
func ServeProtocol(p sdk.Protocol, version string) {
	Serve(sdk.Functions{})
	module.speaker = &speaker.Speaker{Protocol: p}
	module.version = version
}

// dialogue answers one of the methods of a dialogue.
func dialogue(method uint32, head string, body []byte) int64 {
	s, out := module.speaker, module.reply[:0]
	switch method {
	case wire.MethodBegin:
		o, err := wire.ParseBegin(head)
		if err != nil {
			return undecoded(err)
		}
		x := s.Begin(o)
		x.Out, x.OutAt = nil, span(x.Out)
		return replied(wire.AppendBegun(out, &x))
	case wire.MethodHear:
		room, err := wire.ParseHear(head)
		if err != nil {
			return undecoded(err)
		}
		x := s.Hear(room, body)
		x.Out, x.OutAt = nil, span(x.Out)
		for i := range x.Events {
			x.Spans = append(x.Spans, span(x.Events[i].Bytes))
		}
		return replied(wire.AppendHeard(out, x))
	case wire.MethodSay:
		x := say(head, body)
		x.Out, x.OutAt = nil, span(x.Out)
		return replied(wire.AppendSaid(out, &x))
	case wire.MethodFrame:
		ref, err := wire.ParseFrameRequest(head)
		if err != nil {
			return undecoded(err)
		}
		x := s.Frame(ref)
		return replied(wire.AppendFrame(out, &x))
	}
	s.End()
	return replied(out)
}

func say(head string, body []byte) wire.Said {
	m, _, err := wire.ParseSay(head)
	if err != nil {
		return wire.Said{Err: err.Error()}
	}
	m.Bytes = body
	return module.speaker.Say(m)
}

func undecoded(err error) int64 {
	hostLog(levelNumber(slog.LevelError), "the server's words cannot be read: "+err.Error())
	return errDecode
}

// span says where bytes lie in the module's memory.
func span(b []byte) wire.Span {
	if len(b) == 0 {
		return wire.Span{}
	}
	return wire.Span{At: uint32(uintptr(start(b))), Len: uint32(len(b))}
}

// bytesAt is the body of a call.
func bytesAt(p unsafe.Pointer, size uint32) []byte {
	if size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(p), size)
}
