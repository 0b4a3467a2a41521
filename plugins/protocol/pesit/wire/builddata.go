package wire

import (
	"encoding/binary"
	"fmt"
)

// Data adds bytes to a data unit: one whole article in DTF, a piece of it in DTFDA, DTFMA and DTFFA.
func (b *Builder) Data(p []byte) {
	if b.err != nil {
		return
	}
	if b.spec == nil || !b.spec.Type.IsData() || b.count > 0 {
		b.fail(fmt.Errorf("pesit: data outside a data unit or after articles"))
		return
	}
	b.buf = append(b.buf, p...)
}

// Article adds one article to a multi-article DTF: at most 255 of at most 65535 bytes. A DTF that gets only one is written as
// a plain one, because octet 6 = 1 is read in two ways.
func (b *Builder) Article(p []byte) {
	if b.err != nil {
		return
	}
	switch {
	case b.spec == nil || b.spec.Type != DTF || b.count == 0 && len(b.buf) != b.fpdu+HeaderSize:
		b.fail(fmt.Errorf("pesit: article outside a multi-article DTF"))
		return
	case b.count == 255 || len(p) > MaxEntity:
		b.fail(fmt.Errorf("pesit: article %d of %d bytes does not fit a DTF", b.count+1, len(p)))
		return
	}
	b.count++
	b.buf = binary.BigEndian.AppendUint16(b.buf, uint16(len(p)))
	b.buf = append(b.buf, p...)
}

// endData settles octet 6. A data unit without data does not exist.
func (b *Builder) endData() {
	if !b.spec.Type.IsData() {
		return
	}
	body := b.fpdu + HeaderSize
	if b.count == 1 {
		copy(b.buf[body:], b.buf[body+2:])
		b.buf = b.buf[:len(b.buf)-2]
	} else {
		b.buf[b.fpdu+5] = byte(b.count)
	}
	if len(b.buf) == body {
		b.fail(fmt.Errorf("pesit: empty %s", b.spec.Name))
	}
}

// PutData writes the entity prefix and the header of a data unit t into gap, for n bytes of data that already follow it in
// memory: nothing is copied. gap has [Link.Gap] bytes, n is 1..[Link.MaxBody], the link has no check bytes (they would have to
// come after the data).
func (l Link) PutData(gap []byte, t Type, dst byte, n int) error {
	if len(gap) != l.Gap() || l.CRC || !t.IsData() || n < 1 || n > l.MaxBody() {
		return fmt.Errorf("pesit: cannot put the header of %s with %d bytes into a gap of %d", t, n, len(gap))
	}
	if l.Framing == Prefixed {
		binary.BigEndian.PutUint16(gap, uint16(HeaderSize+n))
		gap = gap[prefixSize:]
	}
	Header{Length: HeaderSize + n, Type: t, Dst: dst}.Append(gap[:0])
	return nil
}
