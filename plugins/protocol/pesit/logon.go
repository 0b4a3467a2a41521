package pesit

import (
	"errors"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// logonService is the first field of the pre-connection message that we send.
const logonService = "PESIT"

// detect recognises the framing of a caller, and answers its pre-connection message if it sends one. Bytes that are not PeSIT end the call without an answer: there is no framing to say one in.
func (d *Dialogue) detect(h *hearing) error {
	if d.state == stateLogon {
		crc, p := wire.DetectConnect(h.rest(), d.link.Framing)
		return d.detectedCall(h, wire.Detection{Framing: d.link.Framing, CRC: crc}, p)
	}
	found, p := wire.Detect(h.rest())
	if p == wire.Decided && found.Logon {
		d.link.Framing = found.Framing
		return d.hearLogon(h)
	}
	return d.detectedCall(h, found, p)
}

func (d *Dialogue) detectedCall(h *hearing, found wire.Detection, p wire.Progress) error {
	switch {
	case p == wire.NeedMore:
		return errWait
	case p == wire.NotPeSIT && d.state == stateLogon:
		d.detected = true
		return violation("no CONNECT after the pre-connection message")
	case p == wire.NotPeSIT:
		d.silence(h, sdk.Refuse(sdk.ProtocolViolation, "the first bytes are not PeSIT"))
		return nil
	}
	d.detected = true
	d.useLink(wire.Link{Framing: found.Framing, CRC: found.CRC})
	if d.set.logon && d.state != stateLogon {
		return breachOf(wire.RequesterNotAuthorised, "no pre-connection message")
	}
	d.state = stateIdle
	return nil
}

// silence ends the call without a farewell.
func (d *Dialogue) silence(h *hearing, r *sdk.Refusal) {
	d.state = stateOver
	h.used = len(h.in)
	d.tell(h, sdk.Event{Kind: sdk.KindFault, Refusal: r})
}

// hearLogon answers ACK0, or NAK0 to a caller that the settings do not know.
func (d *Dialogue) hearLogon(h *hearing) error {
	l, used, err := wire.ReadLogon(h.rest(), d.link.Framing)
	if errors.Is(err, wire.ErrMore) {
		return errWait
	}
	if err != nil {
		return err
	}
	h.used += used
	accepted := d.set.logonName == "" || l.ID == d.set.logonName
	if !d.set.logonPassword.Empty() && !d.set.logonPassword.Equal(sdk.NewSecret(l.Password)) {
		accepted = false
	}
	h.out = wire.AppendLogonAnswer(h.out, d.link.Framing, accepted)
	if !accepted {
		d.silence(h, sdk.Refuse(sdk.PartnerPassword, "pre-connection of %q refused", printable(l.ID)))
		return nil
	}
	d.state = stateLogon
	return nil
}

// sayLogon opens a call with the pre-connection message; CONNECT follows when it is acknowledged.
func (d *Dialogue) sayLogon(c sdk.Claim, out *[]byte) error {
	name, password := d.set.logonName, d.set.logonPassword
	if name == "" {
		name = c.Name
	}
	if password.Empty() {
		password = c.Secret
	}
	bytes, err := wire.AppendLogon(*out, d.link.Framing, wire.Logon{Service: logonService, ID: name, Password: password.Reveal()})
	*out = bytes
	return err
}

func (d *Dialogue) hearLogonAnswer(h *hearing) error {
	accepted, used, err := wire.ReadLogonAnswer(h.rest(), d.link.Framing)
	if errors.Is(err, wire.ErrMore) {
		return errWait
	}
	if err != nil {
		return err
	}
	h.used += used
	if accepted {
		h.out = append(h.out, d.greeting...)
		clear(d.greeting)
		d.greeting = nil
		d.state = stateConnecting
		return nil
	}
	d.state = stateOver
	r := sdk.Refuse(sdk.PartnerUnknown, "pre-connection refused")
	r.ByPeer, r.Diagnostic = true, "NAK0"
	d.tell(h, sdk.Event{Kind: sdk.KindRefuse, Refusal: r})
	return nil
}
