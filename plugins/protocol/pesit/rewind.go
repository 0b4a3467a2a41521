package pesit

import (
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// maxResyncs is how often one selection may go back to a sync point before the call is given up (3-320).
const maxResyncs = 64

// sayRewind asks the peer to go back to a point: as the receiver after damage, as the sender after trouble of its own.
func (d *Dialogue) sayRewind(m sdk.Message, out *[]byte) (sdk.Said, error) {
	switch d.state {
	case stateReceiving, stateReceived, stateSending, stateSent:
	case stateOpen, stateStopping, stateRewindAsked:
		return sdk.Said{}, nil
	default:
		return sdk.Said{}, d.unfit(m)
	}
	switch {
	case !d.agreed.resync:
		return sdk.Said{}, fmt.Errorf("resynchronisation was not agreed")
	case m.Point < 0 || m.Point > d.at.last || m.Point < d.at.acked:
		return sdk.Said{}, fmt.Errorf("point %d is not between %d and %d", m.Point, d.at.acked, d.at.last)
	}
	if d.owed != sdk.KindNone {
		if err := d.settle(m, sdk.KindDamaged); err != nil {
			return sdk.Said{}, err
		}
	}
	d.in.unit.drop()
	d.out.forget()
	d.file.asked = m.Point
	d.file.resyncs++
	diagnostic := wire.TransmissionError
	if m.Refusal != nil {
		diagnostic = diagnosticOf(m.Refusal, forFile)
	}
	b := d.begin(*out, wire.Resyn)
	b.Diagnostic(diagnostic)
	b.Num(wire.PIPoint, uint64(m.Point))
	d.state = stateRewinding
	return sdk.Said{}, done(&b, out)
}

// hearAckResyn gives Rewound: the answer is the point itself, one after it where a sender asked, or 0 for the whole file.
func (d *Dialogue) hearAckResyn(h *hearing, _ wire.FPDU) error {
	n := int64(d.params.Num(wire.PIPoint))
	exact := n == 0 || n == d.file.asked
	later := !d.receives() && n > d.file.asked && n <= d.at.last
	if !exact && !later {
		return violation("ACK(RESYN) %d to %d", n, d.file.asked)
	}
	d.file.asked = n
	d.state = stateRewound
	d.tell(h, sdk.Event{Kind: sdk.KindRewound, Point: n})
	d.owed = sdk.KindRewound
	return nil
}

// restartAfterRewind takes the Start that follows Rewound.
func (d *Dialogue) restartAfterRewind(m sdk.Message) error {
	if m.Point != d.file.asked {
		return fmt.Errorf("point %d, both sides are at %d", m.Point, d.file.asked)
	}
	if err := d.at.back(m.Point, m.State); err != nil {
		return err
	}
	d.owed = sdk.KindNone
	d.resume()
	return nil
}

// resume goes on with the data after a resynchronisation.
func (d *Dialogue) resume() {
	framed := d.out.framed
	d.flow()
	d.out.framed = framed
}

// hearResyn gives Rewind.
func (d *Dialogue) hearResyn(h *hearing, _ wire.FPDU) error {
	n := int64(d.params.Num(wire.PIPoint))
	switch {
	case !d.agreed.resync:
		return violation("RESYN was not agreed")
	case d.state == stateFinishing && d.receives():
		return violation("RESYN of a sender that has ended")
	case n > d.at.last:
		return violation("RESYN to point %d, the last is %d", n, d.at.last)
	}
	d.file.resyncs++
	if d.file.resyncs > maxResyncs {
		return breachOf(wire.TooManyResyncs, "%d resynchronisations", d.file.resyncs)
	}
	d.file.asked = n
	d.out.forget()
	d.state = stateRewindAsked
	d.ask(h, sdk.Event{Kind: sdk.KindRewind, Point: n, Refusal: d.refusalIn()})
	return nil
}

// hearResynCrossing is a RESYN while ours is open: the requester's one counts (§4.8, priorities).
func (d *Dialogue) hearResynCrossing(h *hearing, f wire.FPDU) error {
	if d.calling {
		return nil
	}
	return d.hearResyn(h, f)
}

// sayRewound answers the peer's RESYN: with its point, with 0, or as the receiver with a point after it.
func (d *Dialogue) sayRewound(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if d.state != stateRewindAsked {
		return sdk.Said{}, d.unfit(m)
	}
	later := d.receives() && m.Point > d.file.asked && m.Point <= d.at.last
	if m.Point != 0 && m.Point != d.file.asked && !later {
		return sdk.Said{}, fmt.Errorf("point %d does not answer %d", m.Point, d.file.asked)
	}
	if err := d.settle(m, sdk.KindRewind); err != nil {
		return sdk.Said{}, err
	}
	if err := d.at.back(m.Point, m.State); err != nil {
		return sdk.Said{}, err
	}
	b := d.begin(*out, wire.AckResyn)
	b.Num(wire.PIPoint, uint64(m.Point))
	d.resume()
	return sdk.Said{}, done(&b, out)
}
