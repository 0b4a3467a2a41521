package pesit

import (
	"errors"
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// Dialogue is one side of one PeSIT call. It is made by [Protocol.Begin] and used by one goroutine.
type Dialogue struct {
	calling  bool
	set      settings
	offer    offer // the widest we accept, or what we propose
	claim    sdk.Claim
	rules    *rules
	state    state
	owed     sdk.Kind // the event an answer is owed to
	detected bool     // the framing is known
	called   string   // calling: the name of the other side
	greeting []byte   // calling: CONNECT, while the pre-connection message waits for its answer

	link      wire.Link // of everything but data: no bound on the entity
	splitter  wire.Splitter
	params    wire.Params
	own, peer byte // connection ids
	version   int64
	proposed  offer // in CONNECT
	agreed    offer
	access    uint64 // PI 22

	now     hearing // reused, so that Hear allocates nothing
	ref     uint32
	file    file
	at      progress
	partial bool // the other side counts the part since the restart
	in      incoming
	out     outgoing
	message inbox
	stray   bool // an ACK(IDT) may come after two IDT have crossed
}

var (
	_ sdk.Dialogue = (*Dialogue)(nil)
	_ sdk.Framer   = (*Dialogue)(nil)
)

// hearing is one call of Hear.
type hearing struct {
	in   []byte
	used int
	ev   []sdk.Event
	out  []byte
}

func (h *hearing) rest() []byte { return h.in[h.used:] }

func (h *hearing) event(e sdk.Event) { h.ev = append(h.ev, e) }

// errWait ends a step that needs more bytes.
var errWait = errors.New("pesit: more bytes needed")

// Hear takes the bytes received. One step gives at most one event, so that a step is taken only while there is room for one.
func (d *Dialogue) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	h := &d.now
	*h = hearing{in: in, ev: ev, out: out}
	defer func() { d.now = hearing{} }()
	d.in.room(cap(ev) - len(ev))
	if len(in) > 0 {
		if err := d.flush(&h.out); err != nil {
			return 0, ev, out, err
		}
	}
	for d.owed == sdk.KindNone && len(h.ev) < cap(h.ev) {
		err := d.step(h)
		if err == nil {
			continue
		}
		if errors.Is(err, errWait) {
			break
		}
		if err = d.breach(h, err); err != nil {
			return h.used, h.ev, h.out, err
		}
	}
	return h.used, h.ev, h.out, nil
}

// step takes one unit, or one piece of a data unit.
func (d *Dialogue) step(h *hearing) error {
	switch {
	case d.state == stateOver:
		h.used = len(h.in)
		return errWait
	case d.in.unit.open:
		return d.piece(h)
	case !d.detected:
		return d.detect(h)
	case d.state == stateLogon:
		return d.hearLogonAnswer(h)
	}
	f, used, err := d.splitter.Next(h.rest())
	switch {
	case err == nil:
		h.used += used
		return d.dispatch(h, f)
	case errors.Is(err, wire.ErrMore):
		return errWait
	}
	h.used += used
	return d.damaged(h, used, err)
}

// dispatch looks the unit up in the state table.
func (d *Dialogue) dispatch(h *hearing, f wire.FPDU) error {
	if f.Type == wire.Abort {
		return d.hearAbort(h, f)
	}
	r, ok := d.rules.find(d.state, f.Type)
	if !ok && d.stray && f.Type == wire.AckIDT && f.Dst == d.own {
		d.stray = false
		return nil
	}
	if !ok {
		return violation("%s in state %s", f.Type, d.state)
	}
	if f.Type != wire.Connect && f.Dst != d.own {
		return violation("%s is addressed to connection %d, ours is %d", f.Type, f.Dst, d.own)
	}
	if f.Type.IsData() {
		return d.inSequence(h, r, f)
	}
	if err := d.params.Decode(f); err != nil {
		return err
	}
	return d.inSequence(h, r, f)
}

func (d *Dialogue) inSequence(h *hearing, r rule, f wire.FPDU) error {
	if r.do == nil {
		return nil
	}
	return r.do(d, h, f)
}

// ask emits an event and remembers that an answer is owed to it.
func (d *Dialogue) ask(h *hearing, e sdk.Event) {
	e.Ref = d.ref
	h.event(e)
	d.owed = e.Kind
}

func (d *Dialogue) tell(h *hearing, e sdk.Event) {
	e.Ref = d.ref
	h.event(e)
}

// begin starts a unit to the peer.
func (d *Dialogue) begin(out []byte, t wire.Type) wire.Builder {
	b := wire.NewBuilder(out, d.link)
	sixth := byte(0)
	if t.IsConnection() && t != wire.RConnect {
		sixth = d.own
	}
	b.Begin(t, d.peer, sixth)
	return b
}

// done ends a unit; a unit that cannot be built is a fault of this package or of the message's values.
func done(b *wire.Builder, out *[]byte) error {
	bytes, err := b.Done()
	*out = bytes
	return err
}

// Close releases nothing: a dialogue holds memory only.
func (d *Dialogue) Close() { d.state = stateOver }

func (d *Dialogue) useLink(l wire.Link) {
	d.link = l
	d.splitter.Link = l
}

// unfit is the error of a message that does not belong into the state: a fault of the core.
func (d *Dialogue) unfit(m sdk.Message) error {
	return fmt.Errorf("pesit: %s does not fit the state %s", m.Kind, d.state)
}
