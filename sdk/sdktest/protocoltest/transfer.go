package protocoltest

import (
	"bytes"
	"math/rand/v2"

	"github.com/postern/postern/sdk"
)

// transfer is one file on its way.
type transfer struct {
	*pair
	action           sdk.Action
	asker, server    *end
	sender, receiver *end
	refs             map[*end]uint32
	data             []byte
	sent             int
	got              []byte
	records          int // ends of records heard
	points           map[int64]*mark
	last, acked      int64
	hold             bool // the receiver does not acknowledge
	gap, payload     int  // of the sender's framing
}

// mark is a sync point as both sides remember it.
type mark struct {
	sent, got, records int
	sender, receiver   []byte
}

func (p *pair) newRef() uint32 { p.refs++; return p.refs }

func (p *pair) request(action sdk.Action) sdk.Request {
	r := sdk.Request{Action: action, Kind: "file", File: "FILE", Number: int64(p.refs), Priority: 1, Size: int64(p.length())}
	if action == sdk.ActionMessage {
		r.Kind, r.Text = "message", "hello"
	}
	if p.h.Request != nil {
		p.h.Request(&r)
	}
	return r
}

// length is the size of a scenario's file in bytes: ten intervals and a bit, or two.
func (p *pair) length() int {
	if p.brief {
		return int(p.h.Interval)*2 + 7
	}
	return int(p.h.Interval)*10 + 7
}

// ask requests a transfer of the caller and has it granted.
func (p *pair) ask(action sdk.Action) *transfer {
	p.t.Helper()
	return p.askBy(p.caller, p.request(action))
}

func (p *pair) askBy(asker *end, r sdk.Request) *transfer {
	p.t.Helper()
	f := p.asked(asker, r)
	p.say(f.server, f.about(f.server, sdk.Message{Kind: sdk.KindGrant, Grant: &sdk.Grant{Number: r.Number, File: r.File, Size: r.Size}}))
	g := f.heard(f.asker, sdk.KindGrant)
	f.own(f.asker, g)
	p.step()
	return f
}

// asked requests a transfer that waits for its answer.
func (p *pair) asked(asker *end, r sdk.Request) *transfer {
	p.t.Helper()
	f := &transfer{pair: p, action: r.Action, asker: asker, server: p.other(asker), points: map[int64]*mark{}}
	ref := p.newRef()
	p.say(asker, sdk.Message{Kind: sdk.KindRequest, Ref: ref, Request: &r})
	e := p.heard(f.server, sdk.KindRequest)
	if e.Request == nil || e.Request.Action != r.Action || e.Request.File != r.File || e.Request.Restart != r.Restart {
		p.t.Fatalf("asked for %+v, the server hears %+v", r, e.Request)
	}
	f.refs = map[*end]uint32{asker: ref, f.server: e.Ref}
	f.sender, f.receiver = f.server, f.asker
	if r.Action == sdk.ActionCreate {
		f.sender, f.receiver = f.asker, f.server
	}
	f.points[0] = &mark{}
	f.data = make([]byte, p.length())
	_, _ = rand.NewChaCha8([32]byte{1}).Read(f.data)
	p.step()
	return f
}

// about fills in the ref of a message.
func (f *transfer) about(e *end, m sdk.Message) sdk.Message {
	m.Ref = f.refs[e]
	return m
}

// own checks that an event is about this file.
func (f *transfer) own(e *end, x sdk.Event) {
	f.t.Helper()
	if x.Ref != f.refs[e] {
		f.t.Fatalf("%s hears %s about file %d, want %d", e.name, x.Kind, x.Ref, f.refs[e])
	}
}

// start begins at a point and hands both sides the state they kept with it.
func (f *transfer) start(point int64) {
	f.t.Helper()
	m := f.points[point]
	f.say(f.asker, f.about(f.asker, f.beginAt(point, m)))
	e := f.heard(f.server, sdk.KindBegin)
	f.own(f.server, e)
	if e.Point != sdk.NoPoint && e.Point != point {
		f.t.Fatalf("the server hears Begin at %d, want %d", e.Point, point)
	}
	f.step()
	f.say(f.server, f.about(f.server, sdk.Message{Kind: sdk.KindStart, Point: point, State: m.state(f.server == f.sender)}))
	e = f.heard(f.asker, sdk.KindStart)
	if f.own(f.asker, e); e.Point != point {
		f.t.Fatalf("the asker hears Start at %d, want %d", e.Point, point)
	}
	if f.asker == f.sender && point > 0 {
		f.say(f.asker, f.about(f.asker, sdk.Message{Kind: sdk.KindStart, Point: point, State: m.sender}))
	}
	f.reset(point)
	f.frame()
	f.step()
}

// beginAt lets the reader choose the point, and the writer leave it to the server.
func (f *transfer) beginAt(point int64, m *mark) sdk.Message {
	if f.action == sdk.ActionCreate {
		return sdk.Message{Kind: sdk.KindBegin, Point: sdk.NoPoint}
	}
	return sdk.Message{Kind: sdk.KindBegin, Point: point, State: m.receiver}
}

func (m *mark) state(sender bool) []byte {
	if sender {
		return m.sender
	}
	return m.receiver
}

func (f *transfer) frame() {
	f.gap, f.payload = 0, 0
	if d, ok := f.sender.d.(sdk.Framer); ok {
		f.gap, f.payload = d.Frame(f.refs[f.sender])
	}
}

// reset positions what the test counts at a point.
func (f *transfer) reset(point int64) {
	m := f.points[point]
	f.sent, f.got, f.records, f.last, f.acked = m.sent, f.got[:m.got], m.records, point, point
}

// send sends up to that many bytes of the file in all, with points where they are due.
func (f *transfer) send(upto int) {
	f.t.Helper()
	for f.sent < upto {
		stop := upto
		end := false
		if r := f.h.Record; r > 0 {
			if next := (f.sent/r + 1) * r; next <= stop {
				stop, end = next, true
			}
			end = end || stop == len(f.data)
		}
		said, used := f.sayData(f.data[f.sent:stop], end)
		f.sent += used
		f.step()
		switch said.Next {
		case sdk.PointDue:
			if f.sent < len(f.data) {
				f.sync()
			}
		case sdk.Blocked:
			before := f.acked
			if f.collect(); f.hold {
				return
			}
			if f.acked == before {
				f.t.Fatalf("%s stays blocked although every point is acknowledged", f.sender.name)
			}
		default:
			if used == 0 {
				f.t.Fatalf("%s takes no data and says neither PointDue nor Blocked", f.sender.name)
			}
		}
	}
}

// sayData says one piece, framed if the dialogue wants it so.
func (f *transfer) sayData(piece []byte, end bool) (sdk.Said, int) {
	f.t.Helper()
	m := f.about(f.sender, sdk.Message{Kind: sdk.KindData, At: -1, Bytes: bytes.Clone(piece), RecordEnd: end})
	if f.gap == 0 {
		said := f.say(f.sender, m)
		if said.Used > len(piece) {
			f.t.Fatalf("%s uses %d of %d bytes", f.sender.name, said.Used, len(piece))
		}
		return said, said.Used
	}
	m.Bytes = nil
	for at := 0; at < len(piece); at += f.payload {
		m.Bytes = append(append(m.Bytes, make([]byte, f.gap)...), piece[at:min(at+f.payload, len(piece))]...)
	}
	before := len(f.sender.out)
	said := f.say(f.sender, m)
	if len(f.sender.out) != before {
		f.t.Fatalf("%s appends %d bytes although it fills gaps", f.sender.name, len(f.sender.out)-before)
	}
	f.sender.out = append(f.sender.out, m.Bytes[:said.Used]...)
	frames := (said.Used + f.gap + f.payload - 1) / (f.gap + f.payload)
	return said, said.Used - frames*f.gap
}

// whole sends the rest of the file and ends the transfer.
func (f *transfer) whole() {
	f.t.Helper()
	f.send(len(f.data))
	f.collect()
	f.end()
	f.finish()
	f.leave()
}

// end says that there is no more data, and compares what has arrived.
func (f *transfer) end() {
	f.t.Helper()
	f.say(f.sender, f.about(f.sender, sdk.Message{Kind: sdk.KindEnd}))
	f.collect()
	if e := f.heard(f.receiver, sdk.KindEnd); e.Refusal != nil {
		f.t.Fatalf("the end bears %v", e.Refusal)
	}
	f.compare()
	f.step()
}

func (f *transfer) compare() {
	f.t.Helper()
	if !bytes.Equal(f.got, f.data) {
		f.t.Fatalf("%d bytes were sent and %d have arrived, or other ones", len(f.data), len(f.got))
	}
	if r := f.h.Record; r > 0 {
		if want := (len(f.data) + r - 1) / r; f.records != want {
			f.t.Fatalf("%d records were sent and %d have arrived", want, f.records)
		}
	}
}

func (f *transfer) finish() {
	f.t.Helper()
	f.say(f.asker, f.about(f.asker, sdk.Message{Kind: sdk.KindFinish}))
	e := f.heard(f.server, sdk.KindFinish)
	if f.own(f.server, e); !e.Agree {
		f.t.Fatalf("the figures do not agree: %+v", e.Counts)
	}
	f.step()
	f.say(f.server, f.about(f.server, sdk.Message{Kind: sdk.KindFinished, Counts: e.Counts}))
	f.own(f.asker, f.heard(f.asker, sdk.KindFinished))
	f.step()
}

func (f *transfer) leave() {
	f.t.Helper()
	f.say(f.asker, f.about(f.asker, sdk.Message{Kind: sdk.KindLeave}))
	f.own(f.server, f.heard(f.server, sdk.KindLeave))
	f.step()
	f.own(f.asker, f.heard(f.asker, sdk.KindLeave))
	f.quiet()
	f.step()
}
