package pesit

import (
	"fmt"
	"time"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// sayRequest asks the server for a file or gives it a message.
func (d *Dialogue) sayRequest(m sdk.Message, out *[]byte) (sdk.Said, error) {
	r := m.Request
	if r == nil || !d.calling || d.state != stateConnected {
		return sdk.Said{}, d.unfit(m)
	}
	d.ref = m.Ref
	d.file = file{
		create:  r.Action == sdk.ActionCreate,
		restart: r.Restart,
		number:  r.Number,
		text:    r.File,
		kind:    uint64(r.Type),
		users:   [2]string{r.Attributes[AttrRequester], r.Attributes[AttrServer]},
		shape:   shapeOf(r.Terms, r.Attributes),
	}
	narrowed := d.agreed.meet(offerOf(r.Terms))
	d.file.entity, d.file.mode = max(minEntity, narrowed.entity), narrowed.mode
	switch r.Action {
	case sdk.ActionCreate:
		return sdk.Said{}, d.create(r, out)
	case sdk.ActionRead:
		return sdk.Said{}, d.selectFile(r, out)
	case sdk.ActionMessage:
		return sdk.Said{}, d.sendMessage(r, out)
	}
	return sdk.Said{}, fmt.Errorf("action %s: PeSIT has none", r.Action)
}

// create appends CREATE. Strict servers want a transfer number in it.
func (d *Dialogue) create(r *sdk.Request, out *[]byte) error {
	if r.Number == 0 {
		return fmt.Errorf("a file to create needs a transfer number")
	}
	d.settleLength()
	b := d.begin(*out, wire.Create)
	d.name(&b, d.file.kind, r.File)
	b.Num(wire.PITransfer, uint64(r.Number))
	d.restarted(&b)
	symbol(&b, wire.PIDataCode, dataCodes, r.Attributes[AttrDataCode])
	b.Num(wire.PIPriority, uint64(min(max(r.Priority, 0), 2)))
	b.Num(wire.PIMaxEntity, uint64(d.file.entity))
	s := description{shape: d.file.shape, attributes: r.Attributes, label: r.Label, size: r.Size, modified: time.Time{}, unit: true}
	s.logical(&b)
	s.physical(&b)
	s.historical(&b)
	b.Text(wire.PIOrigin, r.Origin)
	b.Text(wire.PIDestination, r.Destination)
	b.Text(wire.PIFreeText, r.Text)
	d.state = stateCreating
	return done(&b, out)
}

// selectFile appends SELECT. Strict servers want number 0 in a new one, and the number they gave in a restart.
func (d *Dialogue) selectFile(r *sdk.Request, out *[]byte) error {
	number := uint64(0)
	if r.Restart {
		number = uint64(r.Number)
	}
	b := d.begin(*out, wire.Select)
	d.name(&b, d.file.kind, r.File)
	b.Num(wire.PITransfer, number)
	b.Num(wire.PIAttributes, attributesAll)
	d.restarted(&b)
	b.Num(wire.PIPriority, uint64(min(max(r.Priority, 0), 2)))
	b.Num(wire.PIMaxEntity, uint64(d.file.entity))
	b.Text(wire.PIOrigin, r.Origin)
	b.Text(wire.PIDestination, r.Destination)
	b.Text(wire.PIFreeText, r.Text)
	d.state = stateSelecting
	return done(&b, out)
}

// attributesAll asks for the logical, physical and historical attributes (PI 14).
const attributesAll = 0xE0

func (d *Dialogue) restarted(b *wire.Builder) {
	if d.file.restart {
		b.Num(wire.PIRestart, 1)
	}
}

// refused gives Refuse and goes back to a state when the answer at hand is negative.
func (d *Dialogue) refused(h *hearing, back state) bool {
	r := d.refusalIn()
	if r == nil {
		return false
	}
	d.state = back
	d.tell(h, sdk.Event{Kind: sdk.KindRefuse, Refusal: r})
	return true
}

// entityAnswered takes PI 25 of an answer; absent, it is what was proposed.
func (d *Dialogue) entityAnswered() error {
	if !d.params.Has(wire.PIMaxEntity) {
		return nil
	}
	n := int(d.params.Num(wire.PIMaxEntity))
	if n > d.file.entity || n < minEntity {
		return breachOf(wire.NegotiationFailure, "entity of %d bytes answered to %d", n, d.file.entity)
	}
	d.file.entity = n
	return nil
}

func (d *Dialogue) granted(h *hearing, g *sdk.Grant) {
	g.Terms = sdk.Terms{
		sdk.NumberTerm(TermMaxEntity, int64(d.file.entity)),
		sdk.WordsTerm(TermCompression, wordsOf(d.allowedMode())...),
	}
	d.state = stateSelected
	d.tell(h, sdk.Event{Kind: sdk.KindGrant, Grant: g})
}

func (d *Dialogue) hearAckCreate(h *hearing, _ wire.FPDU) error {
	if d.refused(h, stateConnected) {
		return nil
	}
	if err := d.entityAnswered(); err != nil {
		return err
	}
	g := &sdk.Grant{Number: d.file.number, File: d.file.text, Type: int64(d.file.kind), Size: -1}
	if n := int64(d.params.Num(wire.PITransfer)); n != 0 {
		g.Number = n
	}
	d.granted(h, g)
	return nil
}

func (d *Dialogue) hearAckSelect(h *hearing, _ wire.FPDU) error {
	if d.refused(h, stateConnected) {
		return nil
	}
	if err := d.entityAnswered(); err != nil {
		return err
	}
	p := &d.params
	d.file.number = int64(p.Num(wire.PITransfer))
	if d.file.number == 0 {
		return breachOf(wire.BadParameter, "ACK(SELECT) without a transfer number")
	}
	if p.Has(wire.PIFileName) {
		d.file.text, d.file.kind = p.Text(wire.PIFileName), p.Num(wire.PIFileType)
	}
	d.file.shape = d.shapeHeard()
	size, _ := d.announced()
	modified, _ := p.Date(wire.PICreated, time.UTC)
	d.granted(h, &sdk.Grant{Number: d.file.number, File: d.file.text, Type: int64(d.file.kind), Label: p.Text(wire.PILabel),
		Size: size, Modified: modified, Attributes: d.readAttributes()})
	return nil
}

// sayLeave closes and deselects the file; the answers to CRF and DESELECT are waited for one after the other.
func (d *Dialogue) sayLeave(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if !d.calling || d.state != stateSelected && d.state != stateOpen {
		return sdk.Said{}, d.unfit(m)
	}
	d.file.outcome = m.Refusal
	if d.state == stateSelected {
		return sdk.Said{}, d.deselect(out)
	}
	b := d.begin(*out, wire.CRF)
	b.Diagnostic(outcomeOf(m.Refusal))
	d.state = stateClosing
	return sdk.Said{}, done(&b, out)
}

func (d *Dialogue) deselect(out *[]byte) error {
	b := d.begin(*out, wire.Deselect)
	b.Diagnostic(outcomeOf(d.file.outcome))
	d.file.outcome = nil
	d.state = stateDeselecting
	return done(&b, out)
}

func (d *Dialogue) hearAckCRF(h *hearing, _ wire.FPDU) error {
	closed := d.refusalIn()
	if err := d.deselect(&h.out); err != nil {
		return err
	}
	d.file.outcome = closed
	return nil
}

func (d *Dialogue) hearAckDeselect(h *hearing, _ wire.FPDU) error {
	outcome := d.refusalIn()
	if outcome == nil {
		outcome = d.file.outcome
	}
	d.state = stateConnected
	d.tell(h, sdk.Event{Kind: sdk.KindLeave, Refusal: outcome})
	return nil
}
