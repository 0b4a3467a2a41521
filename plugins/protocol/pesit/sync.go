package pesit

import (
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// hearSyn gives Sync with the counts at the point. Points are numbered without a gap (PeSIT E §3.7).
func (d *Dialogue) hearSyn(h *hearing, f wire.FPDU) error {
	n := int64(d.params.Num(wire.PISyncPoint))
	switch {
	case d.agreed.interval == 0:
		return violation("SYN without sync points agreed")
	case n != d.at.last+1:
		return violation("SYN %d after %d", n, d.at.last)
	}
	if err := d.in.segments.Accept(f.Type); err != nil {
		return err
	}
	d.at.point(n)
	if w := int64(d.agreed.window); w > 0 && n-d.at.acked > w {
		d.harm(h, sdk.Refuse(sdk.DataWindow, "sync point %d, the last acknowledged is %d", n, d.at.acked))
		return nil
	}
	d.tell(h, sdk.Event{Kind: sdk.KindSync, Point: n, State: d.at.state()})
	return nil
}

// saySynced acknowledges every point up to one, where a window was agreed. A point of data that the peer has given up since
// writes nothing.
func (d *Dialogue) saySynced(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if d.state != stateReceiving && d.state != stateReceived || d.owed != sdk.KindNone || m.Ref != d.ref {
		return sdk.Said{}, nil
	}
	if m.Point > d.at.last {
		return sdk.Said{}, fmt.Errorf("point %d was not heard, the last is %d", m.Point, d.at.last)
	}
	if m.Point <= d.at.acked {
		return sdk.Said{}, nil
	}
	d.at.acked = m.Point
	if d.agreed.window == 0 {
		return sdk.Said{}, nil
	}
	b := d.begin(*out, wire.AckSyn)
	b.Num(wire.PISyncPoint, uint64(m.Point))
	return sdk.Said{}, done(&b, out)
}

// saySync marks a point in what we send and gives its number and the counts there.
func (d *Dialogue) saySync(m sdk.Message, out *[]byte) (sdk.Said, error) {
	switch d.state {
	case stateSending:
	case stateOpen, stateStopping, stateRewindAsked, stateRewinding, stateRewound:
		return sdk.Said{}, nil
	default:
		return sdk.Said{}, d.unfit(m)
	}
	switch {
	case d.agreed.interval == 0:
		return sdk.Said{}, fmt.Errorf("no sync points were agreed")
	case len(d.out.record) > 0:
		return sdk.Said{}, fmt.Errorf("sync point inside a record")
	case d.blocked():
		return sdk.Said{Next: sdk.Blocked}, nil
	}
	d.at.point(d.at.last + 1)
	if d.out.shrink != nil {
		d.out.shrink.Reset()
	}
	b := d.join(out, wire.Syn, pointSize)
	b.Num(wire.PISyncPoint, uint64(d.at.last))
	said := sdk.Said{Point: d.at.last, State: d.at.state()}
	if d.blocked() {
		said.Next = sdk.Blocked
	}
	return said, d.joined(b, out)
}

// hearAckSyn gives Synced. An acknowledgement that comes late or twice says nothing new.
func (d *Dialogue) hearAckSyn(h *hearing, _ wire.FPDU) error {
	n := int64(d.params.Num(wire.PISyncPoint))
	if !d.receives() && n > d.at.last {
		return violation("ACK(SYN) %d, the last point is %d", n, d.at.last)
	}
	if d.receives() || n <= d.at.acked {
		return nil
	}
	d.at.acked = n
	d.tell(h, sdk.Event{Kind: sdk.KindSynced, Point: n})
	return nil
}
