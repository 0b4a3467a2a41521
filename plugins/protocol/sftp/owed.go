package sftp

import (
	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// want is a READ, a READDIR or an fsync that the core has to answer.
type want struct {
	used  bool
	sync  bool
	tag   uint32
	ref   uint32
	id    uint32
	size  int   // of a READ
	point int64 // of an fsync
}

// The lowest bits of a tag are the index of its want.
const tagBits = 6

// owe remembers that the core's answer about f belongs to this packet.
func (d *Dialogue) owe(f *file, h wire.Head) {
	f.owing, f.id, f.packet = true, h.ID, h.Type
	d.owed++
}

// paid forgets it and gives the request id.
func (d *Dialogue) paid(f *file) (id uint32) {
	f.owing = false
	d.owed--
	return f.id
}

// want remembers a packet that is answered under a tag or a point. There is room: at most MaxPipelined are owed.
func (d *Dialogue) want(f *file, w want) *want {
	at := 0
	for at < len(d.wants) && d.wants[at].used {
		at++
	}
	if at == len(d.wants) {
		d.wants = append(d.wants, want{})
	}
	d.asked++
	if d.asked >= 1<<(32-tagBits) {
		d.asked = 1 // a tag is never 0
	}
	w.used, w.ref, w.tag = true, f.ref, d.asked<<tagBits|uint32(at)
	d.wants[at] = w
	f.wants++
	d.owed++
	return &d.wants[at]
}

// wanted finds what is owed under a tag; ok is false when nothing is any more.
func (d *Dialogue) wanted(tag uint32) (w *want, f *file, ok bool) {
	at := int(tag & (1<<tagBits - 1))
	if at >= len(d.wants) || !d.wants[at].used || d.wants[at].tag != tag {
		return nil, nil, false
	}
	w = &d.wants[at]
	return w, d.file(w.ref), true
}

// got forgets a want and gives its request id.
func (d *Dialogue) got(w *want, f *file) (id uint32) {
	id = w.id
	*w = want{}
	f.wants--
	f.turned = false
	d.owed--
	return id
}

// failOwed answers everything that is owed under f with a failure.
func (d *Dialogue) failOwed(f *file, r *sdk.Refusal, out []byte) []byte {
	for i := range d.wants {
		if w := &d.wants[i]; w.used && w.ref == f.ref {
			out = appendRefusal(out, d.got(w, f), r)
		}
	}
	if f.owing {
		out = appendRefusal(out, d.paid(f), r)
	}
	return out
}
