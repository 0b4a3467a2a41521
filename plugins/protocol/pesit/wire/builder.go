package wire

import (
	"encoding/binary"
	"fmt"
)

// Builder appends FPDUs to a buffer, framed for a link. Begin an FPDU, set its parameters in ascending order or add its data,
// then begin the next one or call Done. It writes only what the FPDU table lists, opens and closes groups by itself, and
// remembers the first fault until Done. It allocates only when the buffer must grow.
type Builder struct {
	link   Link
	buf    []byte
	base   int // length of the caller's buffer
	entity int // start of the entity, prefix included
	fpdu   int // start of the FPDU
	spec   *Spec
	seen   uint64 // rules written
	last   int    // index of the last rule written
	group  PI     // open group
	inner  int    // start of the open group's members
	diag   Diagnostic
	count  int // articles of a multi-article DTF
	err    error
}

// NewBuilder starts a builder that appends to dst.
func NewBuilder(dst []byte, l Link) Builder {
	return Builder{link: l, buf: dst, base: len(dst)}
}

// Begin starts an FPDU in an entity of its own. dst is the addressee's connection id (0 in CONNECT), sixth the sender's in
// units of the connection phase, else 0; the number of articles is filled in by [Builder.Article].
func (b *Builder) Begin(t Type, dst, sixth byte) {
	b.endEntity()
	b.entity = len(b.buf)
	if b.link.Framing == Prefixed {
		b.buf = append(b.buf, 0, 0)
	}
	b.start(t, dst, sixth)
}

// Join starts an FPDU in the entity of the one before where that is allowed and there is no CRC: only data units, DTF.END and
// SYN share an entity. Elsewhere it is Begin. The caller looks at [Builder.Room] first.
func (b *Builder) Join(t Type, dst byte) {
	if b.spec == nil || !b.spec.Type.Shares() || !t.Shares() || b.link.CRC || b.link.Framing == Raw {
		b.Begin(t, dst, 0)
		return
	}
	b.endFPDU()
	b.start(t, dst, 0)
}

// Room is how many bytes the open entity can still take, headers included.
func (b *Builder) Room() int {
	if b.spec == nil {
		return b.link.max() - b.link.check()
	}
	return b.link.max() - b.link.check() - (len(b.buf) - b.entity - b.link.prefix())
}

func (b *Builder) start(t Type, dst, sixth byte) {
	b.fpdu = len(b.buf)
	b.spec = t.Spec()
	b.seen, b.last, b.group, b.diag, b.count = 0, -1, 0, 0, 0
	if b.spec == nil {
		b.fail(fmt.Errorf("pesit: no FPDU of type %04X", uint16(t)))
		return
	}
	b.buf = Header{Type: t, Dst: dst, Sixth: sixth}.Append(b.buf)
}

// Done ends the FPDU and gives the buffer with everything appended. On an error, which is a fault of the caller, nothing is
// appended.
func (b *Builder) Done() ([]byte, error) {
	b.endEntity()
	b.spec = nil
	if b.err != nil {
		return b.buf[:b.base], b.err
	}
	return b.buf, nil
}

func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) endEntity() {
	if b.spec == nil || b.err != nil {
		return
	}
	b.endFPDU()
	if b.link.CRC {
		check := CRC(b.buf[b.fpdu:])
		b.buf = append(b.buf, check[0], check[1])
	}
	start := b.entity + b.link.prefix()
	size := len(b.buf) - start
	if size > b.link.max() {
		b.fail(fmt.Errorf("pesit: entity of %d bytes, at most %d agreed", size, b.link.max()))
		return
	}
	if b.link.Framing == Prefixed {
		binary.BigEndian.PutUint16(b.buf[b.entity:], uint16(size))
	}
}

func (b *Builder) endFPDU() {
	if b.err != nil {
		return
	}
	b.endGroup()
	b.endData()
	b.complete()
	size := len(b.buf) - b.fpdu
	if size > MaxEntity {
		b.fail(fmt.Errorf("pesit: %s of %d bytes", b.spec.Name, size))
		return
	}
	binary.BigEndian.PutUint16(b.buf[b.fpdu:], uint16(size))
}

// complete refuses to send an FPDU without what it must have. A refusal needs nothing but PI 2.
func (b *Builder) complete() {
	refused := b.spec.refusal(b.diag)
	for i, r := range b.spec.Rules {
		inAbsentGroup := r.Group != 0 && b.seen&(1<<b.spec.find(r.Group)) == 0
		if r.Need != Optional && b.seen&(1<<i) == 0 && !inAbsentGroup && !refused {
			b.fail(fmt.Errorf("pesit: %s without PI %d", b.spec.Name, r.PI))
		}
	}
}
