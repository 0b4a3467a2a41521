package pesit

import (
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// hearWrite gives Begin without a point: the receiver chooses where a restart goes on.
func (d *Dialogue) hearWrite(h *hearing, _ wire.FPDU) error {
	if !d.file.create || d.file.barred {
		return violation("WRITE of a file that may not be written")
	}
	d.state = stateStarting
	d.ask(h, sdk.Event{Kind: sdk.KindBegin, Point: sdk.NoPoint})
	return nil
}

// hearRead gives Begin with the requester's point. One other than 0 belongs to a restart; elsewhere the event bears the
// refusal.
func (d *Dialogue) hearRead(h *hearing, _ wire.FPDU) error {
	if d.file.create || d.file.barred {
		return violation("READ of a file that may not be read")
	}
	d.file.asked = int64(d.params.Num(wire.PIPoint))
	d.state = stateStarting
	var refusal *sdk.Refusal
	if d.file.asked != 0 && !d.restarts() {
		refusal = sdk.Refuse(sdk.RestartPoint, "point %d without a restart", d.file.asked)
	}
	d.ask(h, sdk.Event{Kind: sdk.KindBegin, Point: d.file.asked, Refusal: refusal})
	return nil
}

// restarts reports whether a point other than 0 may be agreed.
func (d *Dialogue) restarts() bool { return d.file.restart || d.file.stopped }

// refuseBegin says a negative ACK(WRITE) or ACK(READ): the file stays open.
func (d *Dialogue) refuseBegin(r *sdk.Refusal, out *[]byte) (sdk.Said, error) {
	answer := wire.AckRead
	if d.file.create {
		answer = wire.AckWrite
	}
	b := d.begin(*out, answer)
	b.Diagnostic(diagnosticOf(r, forFile))
	if d.file.create {
		b.Num(wire.PIPoint, 0)
	}
	d.reason(&b, r)
	d.state = stateOpen
	return sdk.Said{}, done(&b, out)
}

// sayStart lets the data flow from a point. In answer to Begin it appends ACK(WRITE) or ACK(READ); after Rewound, and when
// calling after a Start that named a point, it appends nothing and only hands back the state of the point.
func (d *Dialogue) sayStart(m sdk.Message, out *[]byte) (sdk.Said, error) {
	switch {
	case d.state == stateRewound:
		return sdk.Said{}, d.restartAfterRewind(m)
	case d.calling && d.fresh() && m.Point == d.at.last:
		return sdk.Said{}, d.restore(m.Point, m.State)
	case d.calling || d.state != stateStarting:
		return sdk.Said{}, d.unfit(m)
	case !d.file.create && m.Point != d.file.asked:
		return sdk.Said{}, fmt.Errorf("point %d, the peer chose %d", m.Point, d.file.asked)
	case m.Point < 0 || m.Point != 0 && !d.restarts():
		return sdk.Said{}, fmt.Errorf("point %d of a transfer that is no restart", m.Point)
	}
	if err := d.settle(m, sdk.KindBegin); err != nil {
		return sdk.Said{}, err
	}
	if err := d.restore(m.Point, m.State); err != nil {
		return sdk.Said{}, err
	}
	answer := wire.AckRead
	if d.file.create {
		answer = wire.AckWrite
	}
	b := d.begin(*out, answer)
	b.Diagnostic(wire.Success)
	if d.file.create {
		b.Num(wire.PIPoint, uint64(m.Point))
	}
	d.flow()
	return sdk.Said{}, done(&b, out)
}

// fresh reports that data may flow but none has: the counts of the point may still be set.
func (d *Dialogue) fresh() bool {
	return (d.state == stateSending || d.state == stateReceiving) && d.at.total == d.at.origin
}

// flow enters the data phase: the agreed entity size holds, compression starts afresh.
func (d *Dialogue) flow() {
	d.file.stopped = false
	if d.receives() {
		d.splitter.Max = d.file.entity
		d.state = stateReceiving
		d.in.start(d.file)
		return
	}
	d.state = stateSending
	d.out.start(d.file, d.link)
}

// rest leaves the data phase with the file open.
func (d *Dialogue) rest() {
	d.state = stateOpen
	d.splitter.Max = 0
	d.in.unit.drop()
	d.owed = sdk.KindNone
}

// sayBegin opens the file if it is not open yet, then appends WRITE or READ.
func (d *Dialogue) sayBegin(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if !d.calling || d.state != stateSelected && d.state != stateOpen || d.file.barred {
		return sdk.Said{}, d.unfit(m)
	}
	d.file.asked = max(m.Point, 0)
	if d.file.create {
		d.file.asked = 0
	}
	if err := d.restore(d.file.asked, m.State); err != nil {
		return sdk.Said{}, err
	}
	if d.state == stateOpen {
		return sdk.Said{}, d.writeOrRead(out)
	}
	d.file.compression = wire.Compression{}
	b := d.begin(*out, wire.ORF)
	if mode := d.allowedMode(); mode != 0 {
		d.file.compression = wire.Compression{On: true, Mode: mode}
		b.Compression(d.file.compression)
	}
	d.state = stateOpening
	return sdk.Said{}, done(&b, out)
}

func (d *Dialogue) writeOrRead(out *[]byte) error {
	t := wire.Read
	if d.file.create {
		t = wire.Write
	}
	b := d.begin(*out, t)
	if !d.file.create {
		b.Num(wire.PIPoint, uint64(d.file.asked))
	}
	d.state = stateStarting
	return done(&b, out)
}

func (d *Dialogue) hearAckORF(h *hearing, _ wire.FPDU) error {
	if d.refused(h, stateSelected) {
		return nil
	}
	answer := d.params.Compression()
	if !answer.Answers(d.file.compression) {
		return breachOf(wire.NegotiationFailure, "compression %s answered to %s", answer.Mode, d.file.compression.Mode)
	}
	d.file.compression = answer
	return d.writeOrRead(&h.out)
}

// hearAckWrite gives Start with the point that the server chose.
func (d *Dialogue) hearAckWrite(h *hearing, f wire.FPDU) error {
	if !d.file.create {
		return violation("%s after READ", f.Type)
	}
	if d.refused(h, stateOpen) {
		return nil
	}
	point := int64(d.params.Num(wire.PIPoint))
	if point != 0 && !d.restarts() {
		return breachOf(wire.NegotiationFailure, "point %d answered, nothing was restarted", point)
	}
	if err := d.restore(point, nil); err != nil {
		return err
	}
	d.flow()
	d.tell(h, sdk.Event{Kind: sdk.KindStart, Point: point})
	return nil
}

func (d *Dialogue) hearAckRead(h *hearing, f wire.FPDU) error {
	if d.file.create {
		return violation("%s after WRITE", f.Type)
	}
	if d.refused(h, stateOpen) {
		return nil
	}
	d.flow()
	d.tell(h, sdk.Event{Kind: sdk.KindStart, Point: d.file.asked})
	return nil
}
