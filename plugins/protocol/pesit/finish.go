package pesit

import (
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// hearTransEnd gives Finish. The requester says it whichever way the data went.
func (d *Dialogue) hearTransEnd(h *hearing, _ wire.FPDU) error {
	heard, agree := d.agrees()
	d.state = stateFinishing
	d.ask(h, sdk.Event{Kind: sdk.KindFinish, Counts: heard, Agree: agree})
	return nil
}

// sayFinished acknowledges the transfer with our own counts, which strict requesters compare with theirs. It acknowledges
// every sync point too.
func (d *Dialogue) sayFinished(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if err := d.settle(m, sdk.KindFinish); err != nil {
		return sdk.Said{}, err
	}
	return sdk.Said{}, d.ackTransEnd(nil, out)
}

func (d *Dialogue) refuseFinish(r *sdk.Refusal, out *[]byte) (sdk.Said, error) {
	return sdk.Said{}, d.ackTransEnd(r, out)
}

func (d *Dialogue) ackTransEnd(r *sdk.Refusal, out *[]byte) error {
	b := d.begin(*out, wire.AckTransEnd)
	b.Diagnostic(outcomeOf(r))
	d.counts(&b)
	d.reason(&b, r)
	d.rest()
	return done(&b, out)
}

// sayFinish ends the transfer as the requester.
func (d *Dialogue) sayFinish(m sdk.Message, out *[]byte) (sdk.Said, error) {
	switch {
	case d.calling && (d.state == stateSent || d.state == stateReceived):
	case d.state == stateOpen || d.state == stateStopping || d.state == stateRewindAsked:
		return sdk.Said{}, nil
	default:
		return sdk.Said{}, d.unfit(m)
	}
	b := d.begin(*out, wire.TransEnd)
	d.counts(&b)
	d.state = stateFinishing
	return sdk.Said{}, done(&b, out)
}

// hearAckTransEnd gives Finished, or Refuse.
func (d *Dialogue) hearAckTransEnd(h *hearing, _ wire.FPDU) error {
	heard, agree := d.agrees()
	r := d.refusalIn()
	d.rest()
	if r != nil {
		d.tell(h, sdk.Event{Kind: sdk.KindRefuse, Refusal: r})
		return nil
	}
	d.tell(h, sdk.Event{Kind: sdk.KindFinished, Counts: heard, Agree: agree})
	return nil
}
