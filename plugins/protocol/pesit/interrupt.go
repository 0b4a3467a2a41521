package pesit

import (
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// The end codes of PI 19.
const (
	endError       = 4 // a restart follows
	endSuspended   = 8
	endByServer    = 12
	endByRequester = 16
)

// sayStop interrupts the transfer: with code 4 when it may be restarted, else with the code of a cancellation. Where the core
// does not say which, a temporary reason is one to restart after. What is in flight is dropped until the peer answers. A stop
// that the peer's own has overtaken writes nothing.
func (d *Dialogue) sayStop(m sdk.Message, out *[]byte) (sdk.Said, error) {
	switch d.state {
	case stateReceiving, stateReceived, stateSending, stateSent, stateFinishing, stateRewinding, stateRewindAsked, stateRewound:
	case stateConnected, stateSelected, stateOpen, stateStopping:
		return sdk.Said{}, nil
	default:
		return sdk.Said{}, d.unfit(m)
	}
	d.owed = sdk.KindNone
	d.in.unit.drop()
	d.out.forget()
	code := uint64(endError)
	held := m.Restartable || m.Refusal == nil || m.Refusal.Temporary
	switch {
	case held && !m.Keep:
	case d.calling:
		code = endByRequester
	default:
		code = endByServer
	}
	d.stopped(code)
	diagnostic := wire.VoluntaryStop
	if m.Refusal != nil {
		diagnostic = diagnosticOf(m.Refusal, forFile)
	}
	b := d.begin(*out, wire.IDT)
	b.Diagnostic(diagnostic)
	b.Num(wire.PIEndCode, code)
	d.reason(&b, m.Refusal)
	d.state = stateStopping
	return sdk.Said{}, done(&b, out)
}

// stopped remembers what an end code allows until the file is deselected.
func (d *Dialogue) stopped(code uint64) {
	if code == endError {
		d.file.stopped = true
		return
	}
	d.file.barred = true
}

// hearIDT answers at once and gives Stop. Where ours was under way both have stopped: the peer's answer to ours, if it still
// comes, is dropped.
func (d *Dialogue) hearIDT(h *hearing, _ wire.FPDU) error {
	code := uint64(endError)
	if d.params.Has(wire.PIEndCode) {
		code = d.params.Num(wire.PIEndCode)
	}
	if d.state == stateStopping {
		d.stray = true
	}
	r := d.refusalIn()
	if r == nil {
		r = refusalOf(wire.VoluntaryStop, "")
	}
	b := d.begin(h.out, wire.AckIDT)
	if err := done(&b, &h.out); err != nil {
		return err
	}
	d.stopped(code)
	d.out.forget()
	d.rest()
	kept := code == endError || code == endSuspended
	d.tell(h, sdk.Event{Kind: sdk.KindStop, Refusal: r, Restartable: kept, Keep: !kept})
	return nil
}

func (d *Dialogue) hearAckIDT(h *hearing, _ wire.FPDU) error {
	d.rest()
	d.tell(h, sdk.Event{Kind: sdk.KindStopped})
	return nil
}
