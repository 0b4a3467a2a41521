package pesit

import (
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// abort ends the call with ABORT. Before anything was heard or said there is nobody to say it to.
func (d *Dialogue) abort(diagnostic wire.Diagnostic, text string, out *[]byte) error {
	d.out.forget()
	silent := !d.detected || d.calling && (d.state == stateIdle || d.state == stateLogon)
	d.state = stateOver
	d.owed = sdk.KindNone
	if silent {
		return nil
	}
	b := d.begin(*out, wire.Abort)
	b.Diagnostic(diagnostic)
	if d.version != versionD {
		b.Text(wire.PIDiagnosticText, printable(text))
	}
	return done(&b, out)
}

// hearAbort gives Fault, whatever the state. Nothing answers an ABORT, and a bad one ends the call all the same.
func (d *Dialogue) hearAbort(h *hearing, f wire.FPDU) error {
	diagnostic, text := wire.OtherConnection, ""
	if err := d.params.Decode(f); err == nil {
		if x := d.params.Diagnostic(); !x.OK() {
			diagnostic = x
		}
		text = d.params.Text(wire.PIDiagnosticText)
	}
	d.state = stateOver
	d.owed = sdk.KindNone
	h.used = len(h.in)
	d.tell(h, sdk.Event{Kind: sdk.KindFault, Refusal: refusalOf(diagnostic, text)})
	return nil
}

func (d *Dialogue) sayAbort(m sdk.Message, out *[]byte) (sdk.Said, error) {
	text := ""
	if m.Refusal != nil && !m.Refusal.ByPeer {
		text = m.Refusal.Public
	}
	return sdk.Said{Next: sdk.Hangup}, d.abort(diagnosticOf(m.Refusal, forConnection), text, out)
}

// sayExpired ends the call after a timer. Nobody that did not finish its CONNECT gets an answer.
func (d *Dialogue) sayExpired(m sdk.Message, out *[]byte) (sdk.Said, error) {
	diagnostic := wire.TimerExpired
	switch m.Timer {
	case sdk.TimerOfIdle:
		diagnostic = wire.IdleTimer
	case sdk.TimerOfConnect:
		if d.state == stateIdle || d.state == stateConnecting && !d.calling {
			d.state = stateOver
			return sdk.Said{Next: sdk.Hangup}, nil
		}
	}
	return sdk.Said{Next: sdk.Hangup}, d.abort(diagnostic, "", out)
}
