package sftp

import (
	"errors"
	"math"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// incoming is a WRITE whose payload is under way.
type incoming struct {
	open  bool
	ref   uint32
	id    uint32
	at    int64
	left  int // payload to come
	after int // bytes behind it
}

// hearWrite reads what stands before the payload. The payload is told as it comes, so that a packet may be larger than
// what a dialogue may hold back, and the disk need not wait for its end.
func (d *Dialogue) hearWrite(h *hearing, head wire.Head) error {
	w, ok, err := wire.ReadWrite(h.rest(), head)
	if errors.Is(err, wire.ErrMore) {
		return errWait
	}
	f := d.byHandle(w.Handle)
	switch {
	case !ok:
		d.deny(h, head, wire.BadMessage, textMessage)
	case f == nil:
		d.deny(h, head, wire.Failure, textHandle)
	case f.kind == reading:
		d.deny(h, head, wire.PermissionDenied, textRead)
	case f.kind == listing:
		d.deny(h, head, wire.Failure, textFolder)
	case f.failed != nil:
		d.deny(h, head, statusOf(f.failed), textOf(f.failed))
	case w.Offset > math.MaxInt64-wire.MaxLength:
		d.deny(h, head, wire.Failure, textOffset)
	default:
		h.used += w.Before
		d.write = incoming{open: true, ref: f.ref, id: head.ID, at: int64(w.Offset), left: w.Len, after: w.After}
		return d.piece(h)
	}
	return nil
}

// piece tells what has come of the payload, and acknowledges the packet when all has.
func (d *Dialogue) piece(h *hearing) error {
	w, f := &d.write, d.file(d.write.ref) // it cannot be closed in the middle of a packet
	if n := min(w.left, len(h.in)-h.used); n > 0 {
		if f.failed == nil {
			h.ev = append(h.ev, sdk.Event{Kind: sdk.KindData, Ref: w.ref, At: w.at, Bytes: h.in[h.used : h.used+n : h.used+n]})
			f.size = max(f.size, w.at+int64(n))
		}
		h.used += n
		w.at += int64(n)
		w.left -= n
	}
	if w.left > 0 {
		return errWait
	}
	w.open, d.skip = false, w.after
	if f.failed != nil {
		h.out = appendRefusal(h.out, w.id, f.failed)
	} else {
		h.out = wire.AppendOK(h.out, w.id)
	}
	return nil
}
