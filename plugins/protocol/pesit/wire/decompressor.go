package wire

// Decompressor expands compressed articles. It works piece by piece: strings may run over the end of a segment. Vertical
// strings refer to the previous article, which is kept only in a vertical mode; use one for fixed records alone, because
// implementations disagree about articles of unequal length.
type Decompressor struct {
	mode    Mode
	limit   int    // largest article once expanded, 0 for none
	prev    []byte // the previous article, whole
	cur     []byte // the article being expanded
	pos     int    // bytes of the article expanded so far
	kind    byte   // kind of the string being expanded
	left    int    // bytes it still gives
	pending bool   // a run whose byte has not come yet
	run     byte
}

// NewDecompressor expands articles of a mode. limit is the largest expanded article in bytes (PI 32), 1..65535; in horizontal
// mode 0 means no limit. A vertical mode keeps two articles of at most limit bytes, 65535 when it is 0.
func NewDecompressor(m Mode, limit int) *Decompressor {
	d := &Decompressor{mode: m, limit: limit}
	if m&Vertical != 0 && (limit <= 0 || limit > MaxEntity) {
		d.limit = MaxEntity
	}
	return d
}

// Reset forgets the previous article and any unfinished one: after a restart or a resynchronisation.
func (d *Decompressor) Reset() { d.SetReference(nil) }

// Reference is the previous article that vertical strings refer to; empty in horizontal mode, after Reset and at the start.
// Only between articles does it say everything there is to say. A sender starts afresh at each sync point, so that a restart
// needs no reference.
func (d *Decompressor) Reference() []byte { return d.prev }

// SetReference puts back what Reference gave; it is copied.
func (d *Decompressor) SetReference(article []byte) {
	d.prev, d.cur = append(d.prev[:0], article...), d.cur[:0]
	d.pos, d.left, d.pending = 0, 0, false
}

// Expand appends to dst, never beyond its capacity, what src stands for, and says how many bytes of src it took. When not all
// of src was taken, or [Decompressor.Pending], it wants to be called again with the rest and room. An impossible string is an
// [*Error] 2-215, an article longer than the limit one of 2-220; the transfer cannot go on after either.
func (d *Decompressor) Expand(dst, src []byte) (out []byte, used int, err error) {
	for {
		start := len(dst)
		if d.left > 0 && !d.pending {
			var n int
			dst, n = d.fill(dst, src[used:])
			used += n
			if d.mode&Vertical != 0 {
				d.cur = append(d.cur, dst[start:]...)
			}
			d.pos += len(dst) - start
			if d.left > 0 {
				return dst, used, nil
			}
		}
		if used == len(src) {
			return dst, used, nil
		}
		if d.pending {
			d.run, d.pending = src[used], false
			used++
			continue
		}
		if err := d.open(src[used]); err != nil {
			return dst, used, err
		}
		used++
	}
}

// Pending reports that a string read already has more bytes to give, which need room and no further byte of src.
func (d *Decompressor) Pending() bool {
	return d.left > 0 && !d.pending && d.kind != literalString
}

// End closes the article: strings must not run over its end.
func (d *Decompressor) End() error {
	if d.left > 0 {
		return fault(SystemError, "compressed article ends inside a string")
	}
	d.prev, d.cur = d.cur, d.prev[:0]
	d.pos = 0
	return nil
}

// open starts the string with header h.
func (d *Decompressor) open(h byte) error {
	n := int(h &^ kindBits)
	kind := h & kindBits
	allowed := kind == literalString || kind == horizontalString && d.mode&Horizontal != 0 || kind == verticalString && d.mode&Vertical != 0
	if n == 0 || !allowed {
		return fault(SystemError, "string header %02X in %s compression", h, d.mode)
	}
	if d.limit > 0 && d.pos+n > d.limit {
		return fault(ArticleTooLong, "compressed article expands beyond %d bytes", d.limit)
	}
	if kind == verticalString && d.pos+n > len(d.prev) {
		return fault(SystemError, "vertical string beyond the previous article")
	}
	d.kind, d.left, d.pending = kind, n, kind == horizontalString
	return nil
}

// fill gives what fits of the open string.
func (d *Decompressor) fill(dst, src []byte) (out []byte, used int) {
	n := min(d.left, cap(dst)-len(dst))
	switch d.kind {
	case literalString:
		n = min(n, len(src))
		dst = append(dst, src[:n]...)
		used = n
	case horizontalString:
		at := len(dst)
		dst = dst[:at+n]
		for i := range dst[at:] {
			dst[at+i] = d.run
		}
	case verticalString:
		dst = append(dst, d.prev[d.pos:d.pos+n]...)
	}
	d.left -= n
	return dst, used
}
