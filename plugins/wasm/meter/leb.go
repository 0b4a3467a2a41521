package meter

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// reader walks over one stretch of the module. Its first fault stays: after it every read gives zero, so that callers
// look at err once per round. Offsets are those of the module.
type reader struct {
	module  []byte
	at, end int
	section string
	fn      int
	err     *Error
}

func (r *reader) failed() bool { return r.err != nil }

// refuse keeps the first fault and stops the reading.
func (r *reader) refuse(kind error, at int, fix, what string, args ...any) {
	if r.err == nil {
		r.err = &Error{Kind: kind, Section: r.section, Func: r.fn, Offset: at, What: fmt.Sprintf(what, args...), Fix: fix}
	}
	r.at = r.end
}

func (r *reader) malformed(at int, what string, args ...any) {
	r.refuse(ErrMalformed, at, "build the module again; the file may be cut off or damaged", what, args...)
}

func (r *reader) unsupported(at int, f Feature, what string, args ...any) {
	first := r.err == nil
	r.refuse(ErrUnsupported, at, f.fix(), "%s: %s", f, fmt.Sprintf(what, args...))
	if first {
		r.err.Feature = f
	}
}

func (r *reader) left() int { return r.end - r.at }

func (r *reader) u8() byte {
	if r.at >= r.end {
		r.malformed(r.at, "ends within a value")
		return 0
	}
	r.at++
	return r.module[r.at-1]
}

// u32 reads an unsigned LEB128 number of at most five bytes (core specification 5.2.2).
func (r *reader) u32() uint32 {
	start := r.at
	var v uint32
	for shift := 0; ; shift += 7 {
		c := r.u8()
		if r.failed() {
			return 0
		}
		if shift == 28 && c > 0x0f {
			r.malformed(start, "a number has more than 32 bits")
			return 0
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

// signed reads a signed LEB128 number of 32, 33 or 64 bits. The bits of its last byte that it has no use for repeat the
// sign.
func (r *reader) signed(bits int) int64 {
	start := r.at
	var v int64
	for shift := 0; ; shift += 7 {
		c := r.u8()
		if r.failed() {
			return 0
		}
		v |= int64(c&0x7f) << shift
		if room := bits - shift; room <= 7 {
			rest := int8(c<<1) >> room // sign extension of the seven bits, without those that count but the sign
			if c >= 0x80 || (rest != 0 && rest != -1) {
				r.malformed(start, "a number has more than %d bits", bits)
				return 0
			}
		}
		if c < 0x80 {
			if shift+7 < 64 && c&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
}

// count reads the length of a vector whose members take at least least bytes each: a length that the rest of the
// section cannot hold is refused before anything is reserved for it.
func (r *reader) count(least int, of string) int {
	start := r.at
	n := r.u32()
	if uint64(n)*uint64(least) > uint64(r.left()) {
		r.malformed(start, "%d %s do not fit into the %d bytes that are left", n, of, r.left())
		return 0
	}
	return int(n)
}

// atMost is count for members of which the runtime spends more memory or time on each than the bytes that ask for it.
func (r *reader) atMost(most, least int, of string) int {
	start := r.at
	n := r.count(least, of)
	if n > most {
		r.refuse(ErrLimit, start, "split the module", "%d %s, the limit is %d", n, of, most)
		return 0
	}
	return n
}

func (r *reader) take(n int) []byte {
	if n > r.left() {
		r.malformed(r.at, "%d bytes are wanted where %d are left", n, r.left())
		return nil
	}
	r.at += n
	return r.module[r.at-n : r.at]
}

func (r *reader) name() string {
	start := r.at
	b := r.take(r.count(1, "bytes of a name"))
	if !utf8.Valid(b) {
		r.malformed(start, "a name is not UTF-8")
	}
	return string(b)
}

// appendU appends v in unsigned LEB128.
func appendU[T uint32 | int](b []byte, v T) []byte { return binary.AppendUvarint(b, uint64(v)) }

// appendS appends v in signed LEB128.
func appendS(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}
