package sftp

import (
	"errors"
	"time"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// Dialogue is the called side of one SFTP channel. It is made by [Protocol.Begin] and used by one goroutine.
type Dialogue struct {
	phase   phase
	now     time.Time // of the channel's beginning, for the dates of long names
	seed    uint64    // of the handles
	files   []*file   // in use or to be used again; a ref holds the index
	uses    uint32    // of files, so that no ref comes twice
	handles int       // open, or being opened
	owed    int       // answers
	wants   []want    // in use or to be used again; a tag holds the index
	asked   uint32    // wants so far
	write   incoming
	skip    int         // bytes of a packet that are dropped
	pending []sdk.Event // that had no room, or follow from what was said
	h       hearing     // reused, so that Hear allocates nothing
}

var (
	_ sdk.Dialogue  = (*Dialogue)(nil)
	_ sdk.Framer    = (*Dialogue)(nil)
	_ sdk.Pipelined = (*Dialogue)(nil)
)

// phase is how far the session is.
type phase uint8

const (
	phaseInit    phase = iota // INIT is awaited
	phaseGreeted              // the core has to say Welcome
	phaseOpen
	phaseOver
)

// hearing is one call of Hear.
type hearing struct {
	in   []byte
	used int
	ev   []sdk.Event
	out  []byte

	cursor wire.Cursor // of the packet that is heard
}

func (h *hearing) rest() []byte { return h.in[h.used:] }

// errWait ends a step that needs more bytes, or an answer of the core first.
var errWait = errors.New("sftp: not yet")

// Pipelined is how many answers the core may owe.
func (d *Dialogue) Pipelined() int { return sdk.MaxPipelined }

// Frame gives the gap of a DATA packet before each payload of a file that is read.
func (d *Dialogue) Frame(ref uint32) (gap, max int) {
	if f := d.file(ref); f != nil && f.kind == reading {
		return wire.DataGap, wire.MaxData
	}
	return 0, 0
}

// Hear takes the bytes received. What earlier calls left to be told comes first.
func (d *Dialogue) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	h := &d.h
	*h = hearing{in: in, ev: ev, out: out}
	defer func() { d.h = hearing{} }()
	for d.drain(h); len(d.pending) == 0 && len(h.ev) < cap(h.ev); d.drain(h) {
		err := d.step(h)
		if errors.Is(err, errWait) {
			break
		}
		if err != nil {
			d.fault(h, sdk.ToRefusal(err, sdk.ProtocolViolation))
		}
	}
	return h.used, h.ev, h.out, nil
}

// drain tells what is pending as far as there is room.
func (d *Dialogue) drain(h *hearing) {
	n := min(len(d.pending), cap(h.ev)-len(h.ev))
	h.ev = append(h.ev, d.pending[:n]...)
	rest := copy(d.pending, d.pending[n:])
	clear(d.pending[rest:])
	d.pending = d.pending[:rest]
}

// tell appends an event, or keeps it for the next call when there is no room.
func (d *Dialogue) tell(h *hearing, e sdk.Event) {
	if len(d.pending) == 0 && len(h.ev) < cap(h.ev) {
		h.ev = append(h.ev, e)
		return
	}
	d.pending = append(d.pending, e)
}

// step takes one packet, or one piece of one.
func (d *Dialogue) step(h *hearing) error {
	switch {
	case d.phase == phaseOver:
		h.used = len(h.in)
		return errWait
	case d.phase == phaseGreeted:
		return errWait
	case d.write.open:
		return d.piece(h)
	case d.skip > 0:
		n := min(d.skip, len(h.in)-h.used)
		h.used += n
		if d.skip -= n; d.skip > 0 {
			return errWait
		}
		return nil
	}
	head, err := wire.ReadHead(h.rest())
	if errors.Is(err, wire.ErrMore) {
		return errWait
	}
	if err != nil {
		return err
	}
	return d.packet(h, head)
}

// fault ends the session: what is owed to the client is answered, and nothing more is heard.
func (d *Dialogue) fault(h *hearing, r *sdk.Refusal) {
	h.out = d.farewell(r, h.out)
	d.tell(h, sdk.Event{Kind: sdk.KindFault, Refusal: r})
}

// farewell answers everything that is owed with a failure and ends the session.
func (d *Dialogue) farewell(r *sdk.Refusal, out []byte) []byte {
	for _, f := range d.files {
		if f.used {
			out = d.failOwed(f, r, out)
		}
	}
	d.phase = phaseOver
	d.write, d.skip, d.pending = incoming{}, 0, nil
	return out
}

// Close drops what the dialogue holds.
func (d *Dialogue) Close() {
	d.phase = phaseOver
	d.files, d.wants, d.pending = nil, nil, nil
}
