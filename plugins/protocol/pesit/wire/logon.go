package wire

import (
	"encoding/binary"
	"fmt"
)

// LogonSize is the length of a pre-connection message in bytes, without the entity prefix.
const LogonSize = 24

const (
	logonField      = 8
	logonAnswerSize = 4
	logonAccepted   = "\xC1\xC3\xD2\xF0" // ACK0
	logonRefused    = "\xD5\xC1\xD2\xF0" // NAK0
)

// Logon is the pre-connection message (three EBCDIC fields of 8 characters, blanks at the right), which comes before CONNECT
// and is not an FPDU. Password is a secret.
type Logon struct {
	Service  string // "PESIT", or a name agreed with the partner
	ID       string
	Password string
}

// ReadLogon takes a pre-connection message from the start of in, as [Detect] announced it. It returns [ErrMore] until the
// message is whole, and an [*Error] 3-311 when its prefix is not 24. Characters without an ASCII form read as '?'.
func ReadLogon(in []byte, f Framing) (l Logon, used int, err error) {
	body, used, err := unframe(in, f, LogonSize)
	if err != nil {
		return Logon{}, 0, err
	}
	return Logon{logonText(body[:8]), logonText(body[8:16]), logonText(body[16:])}, used, nil
}

// unframe takes a message of a known size.
func unframe(in []byte, f Framing, size int) (body []byte, used int, err error) {
	at := Link{Framing: f}.prefix()
	if at > 0 && len(in) >= at {
		if n := int(binary.BigEndian.Uint16(in)); n != size {
			return nil, 0, fault(ProtocolError, "pre-connection entity of %d bytes, %d wanted", n, size)
		}
	}
	if len(in) < at+size {
		return nil, 0, ErrMore
	}
	return in[at : at+size], at + size, nil
}

func logonText(b []byte) string {
	var text [logonField]byte
	for i, c := range b {
		text[i] = fromEBCDIC(c)
	}
	return string(trimText(text[:]))
}

// AppendLogon adds a pre-connection message. Each field has at most 8 printable ASCII characters.
func AppendLogon(dst []byte, f Framing, l Logon) ([]byte, error) {
	out := appendPrefix(dst, f, LogonSize)
	for _, field := range [...]string{l.Service, l.ID, l.Password} {
		if len(field) > logonField {
			return dst, fmt.Errorf("pesit: pre-connection field of %d characters, at most %d", len(field), logonField)
		}
		for i := range logonField {
			c := byte(' ')
			if i < len(field) {
				c = field[i]
			}
			b, ok := toEBCDIC(c)
			if !ok {
				return dst, fmt.Errorf("pesit: pre-connection field with a character that is not printable ASCII")
			}
			out = append(out, b)
		}
	}
	return out, nil
}

func appendPrefix(dst []byte, f Framing, size int) []byte {
	if f == Raw {
		return dst
	}
	return binary.BigEndian.AppendUint16(dst, uint16(size))
}

// ReadLogonAnswer takes the answer to a pre-connection message: ACK0 or NAK0. Anything else is an [*Error] 3-311; [ErrMore]
// means that it is not whole.
func ReadLogonAnswer(in []byte, f Framing) (accepted bool, used int, err error) {
	body, used, err := unframe(in, f, logonAnswerSize)
	if err != nil {
		return false, 0, err
	}
	switch string(body) {
	case logonAccepted:
		return true, used, nil
	case logonRefused:
		return false, used, nil
	}
	return false, 0, fault(ProtocolError, "pre-connection answer is neither ACK0 nor NAK0")
}

// AppendLogonAnswer adds ACK0 or NAK0.
func AppendLogonAnswer(dst []byte, f Framing, accepted bool) []byte {
	dst = appendPrefix(dst, f, logonAnswerSize)
	if accepted {
		return append(dst, logonAccepted...)
	}
	return append(dst, logonRefused...)
}
