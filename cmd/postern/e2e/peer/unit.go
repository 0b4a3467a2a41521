// Package peer is a PeSIT partner that follows a script: it says exactly what it is told, byte for byte, and shows what it
// hears. It shares no code with the server, its dialogue and its codec, so that none of them can hide a fault behind its own
// other half.
//
// It is not a requester for use: it knows one unit at a time, checks little and repairs nothing.
//
// The main call is [Dial].
package peer

import (
	"encoding/binary"
	"fmt"
)

// The units of PeSIT E by phase and type (§4.7.1).
const (
	CONNECT     = 0x4020
	ACONNECT    = 0x4021
	RCONNECT    = 0x4022
	RELEASE     = 0x4023
	RELCONF     = 0x4024
	ABORT       = 0x4025
	CREATE      = 0xC011
	SELECT      = 0xC012
	DESELECT    = 0xC013
	ORF         = 0xC014
	CRF         = 0xC015
	MSG         = 0xC016
	MSGDM       = 0xC017
	MSGMM       = 0xC018
	MSGFM       = 0xC019
	READ        = 0xC001
	WRITE       = 0xC002
	SYN         = 0xC003
	DTFEND      = 0xC004
	RESYN       = 0xC005
	IDT         = 0xC006
	TRANSEND    = 0xC008
	ACKCREATE   = 0xC030
	ACKSELECT   = 0xC031
	ACKDESELECT = 0xC032
	ACKORF      = 0xC033
	ACKCRF      = 0xC034
	ACKREAD     = 0xC035
	ACKWRITE    = 0xC036
	ACKTRANSEND = 0xC037
	ACKSYN      = 0xC038
	ACKRESYN    = 0xC039
	ACKIDT      = 0xC03A
	ACKMSG      = 0xC03B
	DTF         = 0x0000
	DTFMA       = 0x0040
	DTFDA       = 0x0041
	DTFFA       = 0x0042
)

// Unit is one FPDU as it was heard. Params are the values by their code, those inside groups too.
type Unit struct {
	Type       uint16
	Dst, Sixth byte
	Bytes      []byte // header and body, without check bytes
	Params     map[byte][]byte
}

// Num is the value of a number; 0 when it is absent.
func (u Unit) Num(code byte) int {
	n := 0
	for _, b := range u.Params[code] {
		n = n<<8 | int(b)
	}
	return n
}

// Text is the value of a text.
func (u Unit) Text(code byte) string { return string(u.Params[code]) }

// Diagnostic is PI 2 as it is written: "2-226"; "" when it is absent.
func (u Unit) Diagnostic() string {
	d := u.Params[2]
	if len(d) != 3 {
		return ""
	}
	return fmt.Sprintf("%d-%03d", d[0], binary.BigEndian.Uint16(d[1:]))
}

// Make builds an FPDU: its header and its parameters or data.
func Make(kind uint16, dst, sixth byte, body ...[]byte) []byte {
	u := []byte{0, 0, byte(kind >> 8), byte(kind), dst, sixth}
	for _, b := range body {
		u = append(u, b...)
	}
	binary.BigEndian.PutUint16(u, uint16(len(u)))
	return u
}

// P is a parameter, or a group of parameters, with its length in one byte or in three.
func P(code byte, value ...byte) []byte {
	if len(value) < 0xFF {
		return append([]byte{code, byte(len(value))}, value...)
	}
	return append([]byte{code, 0xFF, byte(len(value) >> 8), byte(len(value))}, value...)
}

// Text is a parameter of characters; none when it is empty.
func Text(code byte, s string) []byte {
	if s == "" {
		return nil
	}
	return P(code, []byte(s)...)
}

// Num is a parameter of a number without leading zeros.
func Num(code byte, n int) []byte {
	value := []byte{byte(n)}
	for n >>= 8; n > 0; n >>= 8 {
		value = append([]byte{byte(n)}, value...)
	}
	return P(code, value...)
}

// Group is a group of parameters.
func Group(code byte, members ...[]byte) []byte {
	var value []byte
	for _, m := range members {
		value = append(value, m...)
	}
	return P(code, value...)
}

// Parse reads one whole FPDU.
func Parse(b []byte) (Unit, error) {
	u := Unit{Type: binary.BigEndian.Uint16(b[2:]), Dst: b[4], Sixth: b[5], Bytes: b, Params: map[byte][]byte{}}
	if b[2] == 0 {
		return u, nil
	}
	return u, u.read(b[6:], 0)
}

// read takes parameters, which must come in ascending order, as strict partners want them.
func (u *Unit) read(b []byte, last int) error {
	for len(b) > 0 {
		if len(b) < 3 {
			return fmt.Errorf("parameter cut short in % X", u.Bytes)
		}
		head, n := 2, int(b[1])
		if n == 0xFF {
			head, n = 4, int(binary.BigEndian.Uint16(b[2:]))
		}
		code := b[0]
		switch {
		case len(b) < head+n:
			return fmt.Errorf("parameter %d cut short in % X", code, u.Bytes)
		case int(code) <= last:
			return fmt.Errorf("parameter %d after %d in % X", code, last, u.Bytes)
		}
		last = int(code)
		value := b[head : head+n]
		u.Params[code] = value
		if code == 9 || code == 30 || code == 40 || code == 50 {
			if err := u.read(value, 0); err != nil {
				return err
			}
		}
		b = b[head+n:]
	}
	return nil
}

// Check is the two check bytes of an FPDU: ISO 8073 class 4, sums modulo 255.
func Check(fpdu []byte) [2]byte {
	s1, s2 := 0, 0
	for _, b := range append(append([]byte(nil), fpdu...), 0, 0) {
		s1 = (s1 + int(b)) % 255
		s2 = (s2 + s1) % 255
	}
	return [2]byte{byte(((s1-s2)%255 + 255) % 255), byte(((s2-2*s1)%255 + 510) % 255)}
}

// checked reports whether check bytes at the end of b fit what is before them.
func checked(b []byte) bool {
	s1, s2 := 0, 0
	for _, c := range b {
		s1 = (s1 + int(c)) % 255
		s2 = (s2 + s1) % 255
	}
	return s1 == 0 && s2 == 0
}
