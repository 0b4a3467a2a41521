package pesit

import (
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// file is the one file that is selected, from CREATE or SELECT to DESELECT.
type file struct {
	shape
	create      bool // the requester writes it
	restart     bool // PI 15
	number      int64
	entity      int       // PI 25: proposed, then agreed
	mode        wire.Mode // compression that may be used
	compression wire.Compression
	barred      bool         // an end code other than 4 was said: not before DESELECT again (the flag "ab" of §4.8)
	stopped     bool         // it was stopped and may start again in this selection
	asked       int64        // point of the READ
	outcome     *sdk.Refusal // of CRF, until DESELECT
	text        string       // PI 12
	kind        uint64       // PI 11
	users       [2]string    // PI 3 and PI 4 of PGI 9
	wanted      bool         // PI 14 asks for attributes
	reply       bool         // PI 14 of a message
	resyncs     int          // RESYN said and heard
}

// receives reports whether the file's data comes to us.
func (d *Dialogue) receives() bool { return d.file.create != d.calling }

// newRequest starts a file or a message that the peer asks for.
func (d *Dialogue) newRequest(create bool) {
	p := &d.params
	d.ref++
	d.file = file{
		create:  create,
		restart: p.Num(wire.PIRestart) == 1,
		number:  int64(p.Num(wire.PITransfer)),
		entity:  d.agreed.entity,
		mode:    d.agreed.mode,
		shape:   d.shapeHeard(),
		text:    p.Text(wire.PIFileName),
		kind:    p.Num(wire.PIFileType),
		users:   [2]string{p.Text(wire.PIRequester), p.Text(wire.PIServer)},
		wanted:  p.Num(wire.PIAttributes) != 0,
	}
	if p.Has(wire.PIMaxEntity) {
		d.file.entity = min(d.file.entity, int(p.Num(wire.PIMaxEntity)))
	}
}

// hearCreate gives a Request to take a file.
func (d *Dialogue) hearCreate(h *hearing, _ wire.FPDU) error {
	d.newRequest(true)
	if d.file.number == 0 {
		return breachOf(wire.BadParameter, "CREATE without a transfer number")
	}
	d.state = stateCreating
	return d.request(h, sdk.ActionCreate, accessRead)
}

// hearSelect gives a Request to send a file. A number in a new SELECT, which some requesters send, goes to the core, which
// keeps it where it is free.
func (d *Dialogue) hearSelect(h *hearing, _ wire.FPDU) error {
	d.newRequest(false)
	d.state = stateSelecting
	return d.request(h, sdk.ActionRead, accessWrite)
}

// request asks the core. Where the session's access type or the entity size forbid the request, the event bears the
// refusal, which the core writes down and says.
func (d *Dialogue) request(h *hearing, action sdk.Action, without uint64) error {
	var refusal *sdk.Refusal
	switch {
	case d.access == without:
		refusal = sdk.Refuse(sdk.DirectionForbidden, "access type %s", accessNames[d.access])
	case d.file.entity < minEntity:
		refusal = sdk.Refuse(sdk.FileAttributes, "entity of %d bytes", d.file.entity)
	}
	r := d.requestHeard(action)
	r.Terms = sdk.Terms{sdk.NumberTerm(TermMaxEntity, int64(d.file.entity))}
	r.Size, r.SizeUnit = d.announced()
	r.Text = d.params.Text(wire.PIFreeText)
	if action == sdk.ActionRead {
		r.Attributes[AttrWanted] = map[bool]string{true: "all", false: "none"}[d.file.wanted]
	}
	d.ask(h, sdk.Event{Kind: sdk.KindRequest, Request: r, Refusal: refusal})
	return nil
}

// requestHeard reads what CREATE, SELECT and MSG have in common.
func (d *Dialogue) requestHeard(action sdk.Action) *sdk.Request {
	p := &d.params
	return &sdk.Request{
		Action:      action,
		Kind:        sdk.RequestFile,
		File:        d.file.text,
		Label:       p.Text(wire.PILabel),
		Type:        int64(d.file.kind),
		Number:      d.file.number,
		Restart:     d.file.restart,
		Priority:    int(p.Num(wire.PIPriority)),
		Origin:      p.Text(wire.PIOrigin),
		Destination: p.Text(wire.PIDestination),
		Size:        -1,
		Attributes:  d.readAttributes(),
	}
}

// refuseRequest says a negative ACK(CREATE), ACK(SELECT) or ACK(MSG). Strict requesters miss a mandatory parameter even
// there, so that what was asked for is echoed.
func (d *Dialogue) refuseRequest(r *sdk.Refusal, out *[]byte) (sdk.Said, error) {
	answer := map[state]wire.Type{stateCreating: wire.AckCreate, stateSelecting: wire.AckSelect, stateMessage: wire.AckMsg}[d.state]
	b := d.begin(*out, answer)
	b.Diagnostic(diagnosticOf(r, forFile))
	switch answer {
	case wire.AckCreate:
		b.Num(wire.PIMaxEntity, uint64(d.file.entity))
	case wire.AckSelect:
		d.name(&b, d.file.kind, d.file.text)
		b.Num(wire.PITransfer, uint64(d.file.number))
		b.Num(wire.PIMaxEntity, uint64(d.file.entity))
	case wire.AckMsg:
		b.Num(wire.PITransfer, uint64(d.file.number))
	}
	d.reason(&b, r)
	d.state = stateConnected
	return sdk.Said{}, done(&b, out)
}

// name writes PGI 9, with the users if the request named them.
func (d *Dialogue) name(b *wire.Builder, kind uint64, name string) {
	b.Text(wire.PIRequester, d.file.users[0])
	b.Text(wire.PIServer, d.file.users[1])
	b.Num(wire.PIFileType, kind)
	b.Text(wire.PIFileName, name)
}

// hearORF opens the file by itself: the core has opened it with the grant. It settles the compression.
func (d *Dialogue) hearORF(h *hearing, _ wire.FPDU) error {
	if d.file.barred {
		return violation("ORF after a final interruption")
	}
	d.file.compression = d.compressionFor(d.params.Compression())
	b := d.begin(h.out, wire.AckORF)
	b.Diagnostic(wire.Success)
	b.Compression(d.file.compression)
	d.state = stateOpen
	return done(&b, &h.out)
}

// allowedMode is the compression that the file may use: vertical strings need records of one length.
func (d *Dialogue) allowedMode() wire.Mode {
	mode := d.file.mode
	if !d.file.fixed {
		mode &^= wire.Vertical
	}
	if d.file.records && int64(wire.CompressedMax(d.file.length)) > d.agreed.limit() {
		return 0 // a record that does not shrink would not fit between two sync points
	}
	return mode
}

// compressionFor answers a proposal: itself, a part of a proposal of both, or none.
func (d *Dialogue) compressionFor(proposal wire.Compression) wire.Compression {
	if !proposal.On {
		return wire.Compression{}
	}
	answer := wire.Compression{On: true, Mode: proposal.Mode & d.allowedMode()}
	if answer.Mode == 0 || !answer.Answers(proposal) {
		return wire.Compression{}
	}
	return answer
}

// hearCRF closes the file by itself, and keeps what the requester thinks of the transfer for Leave.
func (d *Dialogue) hearCRF(h *hearing, _ wire.FPDU) error {
	d.file.outcome = d.refusalIn()
	b := d.begin(h.out, wire.AckCRF)
	b.Diagnostic(wire.Success)
	d.state = stateSelected
	return done(&b, &h.out)
}

// hearDeselect lets go of the file.
func (d *Dialogue) hearDeselect(h *hearing, _ wire.FPDU) error {
	outcome := d.refusalIn()
	if outcome == nil {
		outcome = d.file.outcome
	}
	b := d.begin(h.out, wire.AckDeselect)
	b.Diagnostic(wire.Success)
	if err := done(&b, &h.out); err != nil {
		return err
	}
	d.state = stateConnected
	d.tell(h, sdk.Event{Kind: sdk.KindLeave, Refusal: outcome})
	return nil
}
