package wire

import (
	"fmt"
	"slices"
	"time"
)

// enter checks that pi may come now, and opens the group it lies in.
func (b *Builder) enter(pi PI) bool {
	if b.err != nil {
		return false
	}
	i := -1
	if b.spec != nil {
		i = b.spec.find(pi)
	}
	if i < 0 || pi.IsGroup() {
		b.fail(fmt.Errorf("pesit: PI %d does not belong here", pi))
		return false
	}
	if i <= b.last {
		b.fail(fmt.Errorf("pesit: PI %d of %s out of order", pi, b.spec.Name))
		return false
	}
	b.last = i
	b.seen |= 1 << i
	if g := b.spec.Rules[i].Group; g != b.group {
		b.endGroup()
		if g != 0 {
			b.group = g
			b.seen |= 1 << b.spec.find(g)
			b.buf = append(b.buf, byte(g), 0)
			b.inner = len(b.buf)
		}
	}
	return true
}

// endGroup writes the length of the open group, moving its members when it takes three bytes.
func (b *Builder) endGroup() {
	if b.group == 0 {
		return
	}
	size := len(b.buf) - b.inner
	b.group = 0
	if size < 0xFF {
		b.buf[b.inner-1] = byte(size)
		return
	}
	b.buf = append(b.buf, 0, 0)
	copy(b.buf[b.inner+2:], b.buf[b.inner:])
	b.buf[b.inner-1] = 0xFF
	b.buf[b.inner] = byte(size >> 8)
	b.buf[b.inner+1] = byte(size)
}

// Num sets a number, symbol or mask, without leading zeros. The value must fit the parameter table.
func (b *Builder) Num(pi PI, v uint64) {
	row, _ := pi.Param()
	if row.Kind != Number && row.Kind != Symbol && row.Kind != Mask {
		b.fail(fmt.Errorf("pesit: PI %d is not a number", pi))
		return
	}
	if row.Max < 8 && v>>(8*row.Max) != 0 || row.Top != 0 && v > row.Top {
		b.fail(fmt.Errorf("pesit: PI %d cannot be %d", pi, v))
		return
	}
	if !b.enter(pi) {
		return
	}
	var value [8]byte
	b.buf = appendUnit(b.buf, pi, appendMinimal(value[:0], v))
}

// Text sets a text without its trailing blanks; an empty one is left out. It must fit the parameter table, except that PI 29,
// a free explanation, is cut. Characters outside ISO-8859-1 become question marks.
func (b *Builder) Text(pi PI, s string) {
	var room [256]byte
	b.text(pi, trimText(appendLatin1(room[:0], s)))
}

func (b *Builder) text(pi PI, value []byte) {
	row, _ := pi.Param()
	if pi == PIDiagnosticText {
		value = trimText(value[:min(len(value), row.Max)])
	}
	if row.Kind != Text || len(value) > row.Max {
		b.fail(fmt.Errorf("pesit: PI %d cannot be a text of %d bytes", pi, len(value)))
		return
	}
	if len(value) > 0 && b.enter(pi) {
		b.buf = appendUnit(b.buf, pi, value)
	}
}

// fixed sets an aggregate.
func (b *Builder) fixed(pi PI, value ...byte) {
	if b.enter(pi) {
		b.buf = appendUnit(b.buf, pi, value)
	}
}

// Diagnostic sets PI 2.
func (b *Builder) Diagnostic(d Diagnostic) {
	b.fixed(PIDiagnostic, d.Kind(), byte(d.Reason()>>8), byte(d.Reason()))
	b.diag = d
}

// Sync sets PI 7: an interval in KiB (0 none, [NoInterval] not limited) and a window. No interval allows no window.
func (b *Builder) Sync(interval uint16, window byte) {
	if interval == 0 && window != 0 {
		b.fail(fmt.Errorf("pesit: window %d without an interval", window))
		return
	}
	b.fixed(PISync, byte(interval>>8), byte(interval), window)
}

// Compression sets PI 21.
func (b *Builder) Compression(c Compression) {
	if !c.Valid() {
		b.fail(fmt.Errorf("pesit: compression %v with mode %d", c.On, c.Mode))
		return
	}
	on := byte(0)
	if c.On {
		on = 1
	}
	b.fixed(PICompression, on, byte(c.Mode))
}

// Access sets PI 5: a password of at most 8 characters and, where not empty, a new one of at most 8.
func (b *Builder) Access(password, renewed string) {
	var room [64]byte
	value := appendLatin1(room[:0], password)
	next := appendLatin1(room[32:32], renewed)
	if len(value) > 8 || len(next) > 8 {
		b.fail(fmt.Errorf("pesit: PI 5 takes passwords of at most 8 characters"))
		return
	}
	if len(next) > 0 {
		for len(value) < 8 {
			value = append(value, ' ')
		}
		value = append(value, next...)
	}
	b.text(PIAccess, trimText(value))
}

// Date sets PI 51 or 52 from the wall clock of t.
func (b *Builder) Date(pi PI, t time.Time) {
	var room [32]byte
	b.date(pi, t.AppendFormat(room[:0], "060102150405"))
}

func (b *Builder) date(pi PI, digits []byte) {
	row, _ := pi.Param()
	if row.Kind != Date || len(digits) != row.Max {
		b.fail(fmt.Errorf("pesit: PI %d cannot be a date of %d characters", pi, len(digits)))
		return
	}
	if b.enter(pi) {
		b.buf = appendUnit(b.buf, pi, digits)
	}
}

// Copy sets the parameters of p that this FPDU may have too, among those named, or all when none is named, in canonical
// form: a text longer than the parameter table allows is cut.
func (b *Builder) Copy(p *Params, only ...PI) {
	if b.err != nil || b.spec == nil {
		return
	}
	for _, r := range b.spec.Rules {
		if !r.PI.IsGroup() && p.Has(r.PI) && (len(only) == 0 || slices.Contains(only, r.PI)) {
			b.copyOne(p, r.PI)
		}
	}
}

func (b *Builder) copyOne(p *Params, pi PI) {
	row, _ := pi.Param()
	switch {
	case row.Kind == Text:
		value := p.Bytes(pi)
		b.text(pi, trimText(value[:min(len(value), row.Max)]))
	case row.Kind == Date:
		b.date(pi, p.Bytes(pi))
	case pi == PIDiagnostic:
		b.Diagnostic(p.Diagnostic())
	case pi == PISync:
		interval, window := p.Sync()
		if interval == 0 {
			window = 0
		}
		b.Sync(interval, window)
	case pi == PICompression:
		b.Compression(p.Compression())
	case pi == PIVersion:
		b.Num(pi, min(p.Num(pi), 0xFF))
	default:
		b.Num(pi, p.Num(pi))
	}
}
