package wire

import (
	"bytes"
	"encoding/binary"
)

// unit is one code, length, value triple (§4.7.2).
type unit struct {
	code  PI
	head  int // bytes of code and length
	size  int // head and value
	value []byte
	loose bool // three-byte length for a value that fits one byte
}

// nextUnit reads the unit at the start of in, which is not empty. The length is one byte 00..FE, or FF and two bytes.
func nextUnit(in []byte) (unit, error) {
	if len(in) < 2 {
		return unit{}, fault(BadParameter, "parameter without a length")
	}
	u := unit{code: PI(in[0]), head: 2}
	length := int(in[1])
	if length == 0xFF {
		if len(in) < 4 {
			return unit{}, fault(BadParameter, "long length cut short")
		}
		length, u.head = int(binary.BigEndian.Uint16(in[2:])), 4
		u.loose = length < 0xFF
	}
	u.size = u.head + length
	if u.size > len(in) {
		return unit{}, fault(BadParameter, "%d bytes announced, %d present", length, len(in)-u.head)
	}
	u.value = in[u.head:u.size]
	return u, nil
}

// appendUnit adds a unit; value has at most 65535 bytes.
func appendUnit(dst []byte, code PI, value []byte) []byte {
	dst = append(dst, byte(code))
	if len(value) < 0xFF {
		dst = append(dst, byte(len(value)))
	} else {
		dst = append(dst, 0xFF, byte(len(value)>>8), byte(len(value)))
	}
	return append(dst, value...)
}

// number reads 1..8 big-endian bytes; more are fine as long as they are leading zeros.
func number(b []byte) (v uint64, ok bool) {
	b = trimZeros(b)
	if len(b) > 8 {
		return 0, false
	}
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, true
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// appendMinimal adds v without leading zero bytes, at least one byte.
func appendMinimal(dst []byte, v uint64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	if v == 0 {
		return append(dst, 0)
	}
	return append(dst, trimZeros(b[:])...)
}

// trimText removes the blanks and NULs at the right, which have no meaning.
func trimText(b []byte) []byte { return bytes.TrimRight(b, " \x00") }

// latin1 makes a string of ISO-8859-1 bytes.
func latin1(b []byte) string {
	for i, c := range b {
		if c >= 0x80 {
			out := make([]rune, 0, len(b))
			for _, c := range b[:i] {
				out = append(out, rune(c))
			}
			for _, c := range b[i:] {
				out = append(out, rune(c))
			}
			return string(out)
		}
	}
	return string(b)
}

// appendLatin1 adds s as ISO-8859-1; a character outside it becomes a question mark.
func appendLatin1(dst []byte, s string) []byte {
	for _, r := range s {
		if r > 0xFF {
			r = '?'
		}
		dst = append(dst, byte(r))
	}
	return dst
}
