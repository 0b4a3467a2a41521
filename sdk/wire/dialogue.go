package wire

import "github.com/postern/postern/sdk"

// The methods of a dialogue in a module.
const (
	MethodBegin = 48
	MethodHear  = 49
	MethodSay   = 50
	MethodEnd   = 51
	MethodFrame = 52
)

// AppendBegin appends a BeginRequest.
func AppendBegin(b []byte, o *sdk.Opening) []byte {
	b = appendInt(b, 1, int64(o.Role))
	b = appendTerms(b, 2, o.Terms)
	b = appendTerms(b, 3, o.Settings)
	b, at := begin(b, 4)
	b = end(appendClaim(b, &o.Claim, Shown{Password: true}), at)
	b = appendText(b, 5, o.Call)
	b = appendTime(b, 6, o.Now)
	return appendBytes(b, 7, o.Random[:])
}

// ParseBegin reads a BeginRequest.
func ParseBegin(s string) (o sdk.Opening, err error) {
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			o.Role = sdk.Role(r.int())
		case 2:
			o.Terms = append(o.Terms, r.term())
		case 3:
			o.Settings = append(o.Settings, r.term())
		case 4:
			r.within(parseClaim(&o.Claim, r.message()))
		case 5:
			o.Call = r.text()
		case 6:
			o.Now = r.time()
		case 7:
			copy(o.Random[:], r.bytes())
		}
	}
	return o, r.err
}

// Begun is a BeginReply.
type Begun struct {
	Out       []byte
	OutAt     Span
	Err       string // there will be no dialogue
	Pipelined int
}

// AppendBegun appends a BeginReply.
func AppendBegun(b []byte, x *Begun) []byte {
	b = appendBytes(b, 1, x.Out)
	b = appendSpan(b, 2, x.OutAt)
	b = appendText(b, 3, x.Err)
	return appendInt(b, 4, int64(x.Pipelined))
}

// ParseBegun reads a BeginReply.
func ParseBegun(s string) (x Begun, err error) {
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			x.Out = r.bytes()
		case 2:
			r.within(parseSpan(&x.OutAt, r.message()))
		case 3:
			x.Err = r.text()
		case 4:
			x.Pipelined = int(min(uint32(r.int()), sdk.MaxPipelined))
		}
	}
	return x, r.err
}

// AppendHear appends a HearRequest: the bytes heard are the body.
func AppendHear(b []byte, room int) []byte { return appendInt(b, 1, int64(room)) }

// ParseHear reads one.
func ParseHear(s string) (room int, err error) {
	r := reader{rest: s}
	for r.next() {
		if r.num == 1 {
			room = int(uint32(r.int()))
		}
	}
	return room, r.err
}

// Heard is a HearReply. Spans has one for each event: where the bytes of a Data event lie that are not its own.
type Heard struct {
	Used    int
	Events  []sdk.Event
	Spans   []Span
	Out     []byte
	OutAt   Span
	Changed bool
	Err     string
}

// AppendHeard appends a HearReply. An event's own bytes are written where its span is empty.
func AppendHeard(b []byte, x *Heard) []byte {
	b = appendInt(b, 1, int64(x.Used))
	for i := range x.Events {
		e := &x.Events[i]
		var at int
		b, at = begin(b, 2)
		b = appendEvent(b, e)
		if i < len(x.Spans) && x.Spans[i].Len > 0 {
			b = appendSpan(b, eventSpan, x.Spans[i])
		} else {
			b = appendBytes(b, eventBytes, e.Bytes)
		}
		b = end(b, at)
	}
	b = appendBytes(b, 3, x.Out)
	b = appendSpan(b, 4, x.OutAt)
	b = appendBool(b, 5, x.Changed)
	return appendText(b, 6, x.Err)
}

// ParseHeard reads a HearReply into x, whose Events it appends to, never beyond their capacity, and whose Spans it uses
// again. Each event is held against the contract: see [CheckEvent].
func ParseHeard(x *Heard, s string) error {
	*x = Heard{Events: x.Events, Spans: x.Spans[:0]}
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			x.Used = int(uint32(r.int()))
		case 2:
			r.within(x.event(r.message()))
		case 3:
			x.Out = r.bytes()
		case 4:
			r.within(parseSpan(&x.OutAt, r.message()))
		case 5:
			x.Changed = r.flag()
		case 6:
			x.Err = r.text()
		}
	}
	return r.err
}

func (x *Heard) event(r reader) error {
	n := len(x.Events)
	if n == cap(x.Events) {
		return bad("more events than there was room for")
	}
	x.Events, x.Spans = x.Events[:n+1], append(x.Spans, Span{})
	e := &x.Events[n]
	if err := parseEvent(e, &x.Spans[len(x.Spans)-1], r); err != nil {
		x.Events = x.Events[:n]
		return err
	}
	return CheckEvent(e)
}

// AppendSay appends a SayRequest. The bytes of data are the body; frame is how they are laid out, nil: not at all.
func AppendSay(b []byte, m *sdk.Message, frame *Frame) []byte {
	b, at := begin(b, 1)
	b = end(appendEvent(b, m), at)
	return appendFrame(b, 2, frame)
}

// ParseSay reads a SayRequest.
func ParseSay(s string) (m sdk.Message, frame *Frame, err error) {
	var span Span
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			r.within(parseEvent(&m, &span, r.message()))
		case 2:
			frame = r.frame()
		}
	}
	return m, frame, r.err
}

// Said is a SayReply.
type Said struct {
	sdk.Said
	Out   []byte
	OutAt Span
	Err   string
}

// AppendSaid appends a SayReply.
func AppendSaid(b []byte, x *Said) []byte {
	b = appendInt(b, 1, int64(x.Next))
	b = appendInt(b, 2, int64(x.Used))
	b = appendBytes(b, 3, x.State)
	b = appendInt(b, 4, x.Point)
	b = appendBytes(b, 5, x.Out)
	b = appendSpan(b, 6, x.OutAt)
	return appendText(b, 7, x.Err)
}

// ParseSaid reads a SayReply.
func ParseSaid(s string) (x Said, err error) {
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			if n := r.int(); n >= 0 && n <= int64(sdk.Hangup) {
				x.Next = sdk.Next(n)
			} else {
				return x, bad("what comes next is %d", n)
			}
		case 2:
			x.Used = int(uint32(r.int()))
		case 3:
			x.State = r.bytes()
		case 4:
			x.Point = r.int()
		case 5:
			x.Out = r.bytes()
		case 6:
			r.within(parseSpan(&x.OutAt, r.message()))
		case 7:
			x.Err = r.text()
		}
	}
	if len(x.State) > sdk.MaxState {
		return x, bad("%d bytes of state, at most %d are kept", len(x.State), sdk.MaxState)
	}
	if x.Point < 0 {
		return x, bad("the sync point %d", x.Point)
	}
	return x, r.err
}

// AppendFrameRequest appends a FrameRequest.
func AppendFrameRequest(b []byte, ref uint32) []byte { return appendInt(b, 1, int64(ref)) }

// ParseFrameRequest reads one.
func ParseFrameRequest(s string) (ref uint32, err error) {
	r := reader{rest: s}
	for r.next() {
		if r.num == 1 {
			ref = uint32(r.int())
		}
	}
	return ref, r.err
}

// AppendFrame appends a Frame.
func AppendFrame(b []byte, f *Frame) []byte {
	b = appendInt(b, 1, int64(f.Gap))
	b = appendInt(b, 2, int64(f.Payload))
	return appendBool(b, 3, f.HeadersOnly)
}

// ParseFrame reads one.
func ParseFrame(s string) (Frame, error) { return (&reader{rest: s}).layout() }

// maxGap and maxLayout bound a frame, in bytes: no header is longer, and a block of data holds gap and payload.
const (
	maxGap    = 4 << 10
	maxLayout = 256 << 10
)

// Check reports a frame that no data can be laid out in.
func (f Frame) Check() error {
	if f.Payload < 0 || f.Gap < 0 || f.Gap > maxGap || f.Gap+f.Payload > maxLayout || f.Payload == 0 && f.Gap > 0 {
		return bad("gaps of %d bytes before payloads of %d", f.Gap, f.Payload)
	}
	return nil
}
