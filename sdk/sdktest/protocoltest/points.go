package protocoltest

import (
	"bytes"

	"github.com/postern/postern/sdk"
)

// sync says the next point.
func (f *transfer) sync() {
	f.t.Helper()
	said := f.say(f.sender, f.about(f.sender, sdk.Message{Kind: sdk.KindSync, Point: f.last + 1}))
	if said.Point != f.last+1 {
		f.t.Fatalf("the point after %d is %d", f.last, said.Point)
	}
	f.last++
	if open := f.last - f.acked; f.wish.Window > 0 && open > f.wish.Window {
		f.t.Fatalf("%d points wait, at most %d were agreed", open, f.wish.Window)
	}
	f.points[f.last] = &mark{sent: f.sent, sender: bytes.Clone(said.State)}
	f.step()
}

// collect lets the receiver hear and, unless it holds, acknowledge.
func (f *transfer) collect() {
	f.t.Helper()
	for f.pump(); len(f.receiver.queue) > 0; f.pump() {
		x := f.receiver.queue[0]
		switch x.Kind {
		case sdk.KindData:
			f.got = append(f.got, x.Bytes...)
			if x.RecordEnd {
				f.records++
			}
		case sdk.KindSync:
			f.heardSync(x)
		default:
			return
		}
		f.own(f.receiver, x)
		f.receiver.queue = f.receiver.queue[1:]
		if x.Kind == sdk.KindSync && !f.hold {
			f.acknowledge(x.Point)
		}
	}
}

func (f *transfer) heardSync(x sdk.Event) {
	f.t.Helper()
	m := f.points[x.Point]
	if m == nil {
		f.t.Fatalf("%s hears point %d, which was not said", f.receiver.name, x.Point)
	}
	m.got, m.records, m.receiver = len(f.got), f.records, x.State
	if m.got != m.sent {
		f.t.Fatalf("point %d stands after %d bytes for the sender and %d for the receiver", x.Point, m.sent, m.got)
	}
}

// acknowledge says that a point is durable.
func (f *transfer) acknowledge(point int64) {
	f.t.Helper()
	f.say(f.receiver, f.about(f.receiver, sdk.Message{Kind: sdk.KindSynced, Point: point}))
	if f.wish.Window == 0 {
		f.pump()
		return
	}
	if x := f.heard(f.sender, sdk.KindSynced); x.Point != point || x.Ref != f.refs[f.sender] {
		f.t.Fatalf("%s hears Synced %d about file %d, want %d about %d", f.sender.name, x.Point, x.Ref, point, f.refs[f.sender])
	}
	f.acked = point
	f.step()
}
