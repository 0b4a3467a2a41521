package process

import (
	"errors"
	"io"
	"slices"
	"unsafe"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/speaker"
)

// ServeProtocol speaks p for the server: each call is a dialogue of its own, and many run at once. It returns as [Serve] does.
func ServeProtocol(p sdk.Protocol, version string) {
	m := speaker.Manifest(p, version)
	serve(&service{protocol: p, manifest: m}, "protocol")
}

// speak is the service of a protocol.
func (s *service) speak() *grpc.ServiceDesc {
	return &grpc.ServiceDesc{ServiceName: frame.ProtocolService, HandlerType: (*any)(nil), Metadata: "service.proto",
		Streams: []grpc.StreamDesc{{StreamName: frame.MethodDialogue, Handler: stream(s.dialogue), ClientStreams: true, ServerStreams: true}}}
}

// dialogue answers the stream of one call.
func (s *service) dialogue(g grpc.ServerStream) error {
	t := talker{g: g, pool: &s.pool, Speaker: speaker.Speaker{Protocol: s.protocol}}
	defer t.End()
	in := frame.In{Own: true}
	for {
		err := g.RecvMsg(&in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		out, err := t.turn(in.Bytes())
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		if out == nil {
			return nil
		}
		if err := g.SendMsg(out); err != nil {
			return err
		}
	}
}

// talker is one call's.
type talker struct {
	speaker.Speaker
	g      grpc.ServerStream
	pool   *frame.Pool
	layout []byte // gaps and payloads that were not sent
	gaps   []byte
}

// turn answers one message; nil: the call is over.
func (t *talker) turn(message []byte) (*frame.Out, error) {
	h, head, body, err := frame.ParseTurn(message)
	if err != nil {
		return nil, err
	}
	switch h {
	case frame.HeadBegin:
		o, err := wire.ParseBegin(string(head))
		if err != nil {
			return nil, err
		}
		x := t.Begin(o)
		return frame.Turn(h, nil, func(b []byte) []byte { return wire.AppendBegun(b, &x) }), nil
	case frame.HeadHear:
		room, err := wire.ParseHear(string(head))
		if err != nil {
			return nil, err
		}
		x := t.Hear(room, body)
		t.locate(x, body)
		return frame.Turn(h, nil, func(b []byte) []byte { return wire.AppendHeard(b, x) }), nil
	case frame.HeadSay:
		return t.say(string(head), body), nil
	case frame.HeadFrame:
		ref, err := wire.ParseFrameRequest(string(head))
		if err != nil {
			return nil, err
		}
		x := t.Frame(ref)
		return frame.Turn(h, nil, func(b []byte) []byte { return wire.AppendFrame(b, &x) }), nil
	case frame.HeadEnd:
		return nil, nil
	}
	return nil, errors.New("a message without a head that is known")
}

// locate says of data that lies in the bytes heard where it does, so that it does not travel back.
func (t *talker) locate(x *wire.Heard, body []byte) {
	for i := range x.Events {
		s := wire.Span{}
		if at, ok := inside(x.Events[i].Bytes, body); ok && !x.Changed {
			s = wire.Span{At: uint32(at), Len: uint32(len(x.Events[i].Bytes))}
		}
		x.Spans = append(x.Spans, s)
	}
	x.Changed = false
}

// inside tells where b begins in body, if it is a part of it.
func inside(b, body []byte) (at uintptr, ok bool) {
	if len(b) == 0 || len(body) == 0 {
		return 0, false
	}
	from, to := uintptr(unsafe.Pointer(unsafe.SliceData(body))), uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return to - from, to >= from && to+uintptr(len(b)) <= from+uintptr(len(body))
}

func (t *talker) say(head string, body []byte) *frame.Out {
	m, f, err := wire.ParseSay(head)
	if err != nil {
		return said(&wire.Said{Err: err.Error()}, nil)
	}
	m.Bytes = body
	if f != nil && f.HeadersOnly && len(body) == 0 {
		t.layout = slices.Grow(t.layout[:0], m.Len)[:m.Len]
		m.Bytes = t.layout
	}
	m.Len = lenOf(&m)
	x := t.Say(m)
	if f == nil || f.Payload <= 0 {
		return said(&x, nil)
	}
	t.gaps = t.gaps[:0]
	for at := 0; at < min(x.Used, len(m.Bytes)); at += f.Gap + f.Payload {
		t.gaps = append(t.gaps, m.Bytes[at:min(at+f.Gap, len(m.Bytes))]...)
	}
	return said(&x, t.pool.Copy(t.gaps))
}

func said(x *wire.Said, gaps mem.Buffer) *frame.Out {
	return frame.Turn(frame.HeadSay, gaps, func(b []byte) []byte { return wire.AppendSaid(b, x) })
}

// lenOf is what a message says of a length: of data nothing.
func lenOf(m *sdk.Message) int {
	if m.Kind == sdk.KindData {
		return 0
	}
	return m.Len
}
