package wire

import (
	"github.com/postern/postern/sdk"
)

// Span points at bytes that lie elsewhere: in a module at an address, in a process at a distance from the first byte heard.
type Span struct{ At, Len uint32 }

// Frame is how the data of a file is laid out when it is said; see the contract's Frame. Payload 0: it is not.
type Frame struct {
	Gap, Payload int
	HeadersOnly  bool
}

// The fields of an Event.
const (
	eventKind        = 1
	eventRef         = 2
	eventTag         = 3
	eventPoint       = 4
	eventAt          = 5
	eventLen         = 6
	eventBytes       = 7
	eventSpan        = 8
	eventState       = 9
	eventRecordEnd   = 10
	eventRestartable = 11
	eventKeep        = 12
	eventAgree       = 13
	eventMore        = 14
	eventTimer       = 15
	eventCounts      = 16
	eventHello       = 17
	eventWelcome     = 18
	eventRequest     = 19
	eventGrant       = 20
	eventReply       = 21
	eventRefusal     = 22
)

// appendEvent appends the fields of an event or message but its bytes.
func appendEvent(b []byte, e *sdk.Event) []byte {
	b = appendInt(b, eventKind, int64(e.Kind))
	b = appendInt(b, eventRef, int64(e.Ref))
	b = appendInt(b, eventTag, int64(e.Tag))
	b = appendInt(b, eventPoint, e.Point)
	if e.At >= 0 && placed(e.Kind) {
		b = appendVarint(appendTag(b, eventAt, typeVarint), uint64(e.At))
	}
	b = appendInt(b, eventLen, int64(e.Len))
	b = appendBytes(b, eventState, e.State)
	b = appendBool(b, eventRecordEnd, e.RecordEnd)
	b = appendBool(b, eventRestartable, e.Restartable)
	b = appendBool(b, eventKeep, e.Keep)
	b = appendBool(b, eventAgree, e.Agree)
	b = appendBool(b, eventMore, e.More)
	b = appendText(b, eventTimer, string(e.Timer))
	if e.Kind == sdk.KindData {
		return b
	}
	return appendBodies(b, e)
}

// placed reports whether At means something to an event of this kind: it is 0 in the others.
func placed(k sdk.Kind) bool { return k == sdk.KindData || k == sdk.KindWant }

// appendBodies appends the messages in an event.
func appendBodies(b []byte, e *sdk.Event) []byte {
	var at int
	if e.Counts != (sdk.Counts{}) {
		b, at = begin(b, eventCounts)
		b = end(appendCounts(b, &e.Counts, Shown{}), at)
	}
	if e.Hello != nil {
		b, at = begin(b, eventHello)
		b = end(appendHello(b, e.Hello, Shown{}), at)
	}
	if e.Welcome != nil {
		b, at = begin(b, eventWelcome)
		b = end(appendWelcome(b, e.Welcome, Shown{}), at)
	}
	if e.Request != nil {
		b, at = begin(b, eventRequest)
		b = end(appendRequest(b, e.Request, Shown{}), at)
	}
	if e.Grant != nil {
		b, at = begin(b, eventGrant)
		b = end(appendGrant(b, e.Grant, Shown{}), at)
	}
	if e.Reply != nil {
		b, at = begin(b, eventReply)
		b = end(appendReply(b, e.Reply, Shown{}), at)
	}
	if e.Refusal != nil {
		b, at = begin(b, eventRefusal)
		b = end(appendRefusal(b, e.Refusal), at)
	}
	return b
}

// parseEvent reads an event. Where its bytes lie elsewhere, span says where; those in the message itself are copied.
func parseEvent(e *sdk.Event, span *Span, r reader) error {
	*e, *span = sdk.Event{At: -1}, Span{}
	for r.next() {
		switch r.num {
		case eventKind:
			if n := r.int(); n > 0 && n <= int64(sdk.KindFault) {
				e.Kind = sdk.Kind(n)
			} else {
				return bad("an event of the kind %d", n)
			}
		case eventRef:
			e.Ref = uint32(r.int())
		case eventTag:
			e.Tag = uint32(r.int())
		case eventPoint:
			e.Point = r.int()
		case eventAt:
			e.At = r.int()
		case eventLen:
			e.Len = int(uint32(r.int()))
		case eventBytes:
			e.Bytes = r.bytes()
		case eventSpan:
			r.within(parseSpan(span, r.message()))
		case eventState:
			e.State = r.bytes()
		case eventRecordEnd:
			e.RecordEnd = r.flag()
		case eventRestartable:
			e.Restartable = r.flag()
		case eventKeep:
			e.Keep = r.flag()
		case eventAgree:
			e.Agree = r.flag()
		case eventMore:
			e.More = r.flag()
		case eventTimer:
			e.Timer = sdk.Timer(r.text())
		default:
			r.body(e)
		}
	}
	if !placed(e.Kind) {
		e.At = 0
	}
	return r.err
}

// body reads one of the messages in an event.
func (r *reader) body(e *sdk.Event) {
	switch r.num {
	case eventCounts:
		r.within(parseCounts(&e.Counts, r.message()))
	case eventHello:
		e.Hello = &sdk.Hello{}
		r.within(parseHello(e.Hello, r.message()))
	case eventWelcome:
		e.Welcome = &sdk.Welcome{}
		r.within(parseWelcome(e.Welcome, r.message()))
	case eventRequest:
		e.Request = &sdk.Request{}
		r.within(parseRequest(e.Request, r.message()))
	case eventGrant:
		e.Grant = &sdk.Grant{}
		r.within(parseGrant(e.Grant, r.message()))
	case eventReply:
		e.Reply = &sdk.Reply{}
		r.within(parseReply(e.Reply, r.message()))
	case eventRefusal:
		e.Refusal = r.refusal()
	}
}

// The fields of a Refusal.
const (
	refusalCode       = 1
	refusalTemporary  = 2
	refusalPublic     = 3
	refusalDetail     = 4
	refusalByPeer     = 5
	refusalDiagnostic = 6
)

// appendRefusal writes the cause behind the detail: it is no text of its own on the other side.
func appendRefusal(b []byte, x *sdk.Refusal) []byte {
	b = appendText(b, refusalCode, string(x.Code))
	b = appendVarint(appendTag(b, refusalTemporary, typeVarint), uint64(number(x.Temporary)))
	b = appendText(b, refusalPublic, x.Public)
	detail := x.Detail
	if x.Cause != nil {
		if detail != "" {
			detail += ": "
		}
		detail += x.Cause.Error()
	}
	b = appendText(b, refusalDetail, detail)
	b = appendBool(b, refusalByPeer, x.ByPeer)
	return appendText(b, refusalDiagnostic, x.Diagnostic)
}

func (r *reader) refusal() *sdk.Refusal {
	var x sdk.Refusal
	var temporary *bool
	in := r.message()
	for in.next() {
		switch in.num {
		case refusalCode:
			x.Code = sdk.Code(in.text())
		case refusalTemporary:
			t := in.flag()
			temporary = &t
		case refusalPublic:
			x.Public = in.text()
		case refusalDetail:
			x.Detail = in.text()
		case refusalByPeer:
			x.ByPeer = in.flag()
		case refusalDiagnostic:
			x.Diagnostic = in.text()
		}
	}
	r.within(in.err)
	return CompleteRefusal(x, temporary)
}

func appendSpan(b []byte, num int, s Span) []byte {
	if s.Len == 0 {
		return b
	}
	b, at := begin(b, num)
	return end(appendInt(appendInt(b, 1, int64(s.At)), 2, int64(s.Len)), at)
}

func parseSpan(s *Span, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			s.At = uint32(r.int())
		case 2:
			s.Len = uint32(r.int())
		}
	}
	return r.err
}

func appendFrame(b []byte, num int, f *Frame) []byte {
	if f == nil {
		return b
	}
	b, at := begin(b, num)
	return end(AppendFrame(b, f), at)
}

func (r *reader) frame() *Frame {
	in := r.message()
	f, err := in.layout()
	r.within(err)
	return &f
}

func (r *reader) layout() (f Frame, err error) {
	for r.next() {
		switch r.num {
		case 1:
			f.Gap = int(uint32(r.int()))
		case 2:
			f.Payload = int(uint32(r.int()))
		case 3:
			f.HeadersOnly = r.flag()
		}
	}
	return f, r.err
}
