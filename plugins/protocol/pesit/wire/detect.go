package wire

import (
	"bytes"
	"encoding/binary"
)

// MaxFirst bounds the CONNECT of a caller who is not known yet, in bytes. Real ones have 20 to 600.
const MaxFirst = 4096

// Progress is the state of a detection.
type Progress uint8

// The outcomes of a detection. A caller whose bytes are NotPeSIT is closed, at most after an ABORT 3-311.
const (
	NeedMore Progress = iota
	Decided
	NotPeSIT
)

// Detection is what the first bytes of a call tell.
type Detection struct {
	Framing Framing
	Logon   bool // a pre-connection message comes first; CRC is then unknown until [DetectConnect]
	CRC     bool // the CONNECT carries check bytes
}

// logonMark is "PESIT " in EBCDIC, the start of a raw pre-connection message.
var logonMark = []byte{0xD7, 0xC5, 0xE2, 0xC9, 0xE3, 0x40}

// Detect recognises the framing from the first bytes of an accepted connection. in holds everything received so far; nothing
// is used. While it answers NeedMore call it again with more bytes: a prefixed call is decided by six bytes, a raw CONNECT
// when it is whole, because only PI 1 inside it tells whether check bytes follow. The framing holds for the whole connection,
// the answer to the pre-connection included.
func Detect(in []byte) (Detection, Progress) {
	if len(in) < HeaderSize {
		if bytes.HasPrefix(logonMark, in) || len(in) == 0 || int(in[0]) <= MaxFirst>>8 {
			return Detection{}, NeedMore
		}
		return Detection{}, NotPeSIT
	}
	if bytes.HasPrefix(in, logonMark) {
		return Detection{Framing: Raw, Logon: true}, Decided
	}
	second := Type(binary.BigEndian.Uint16(in[2:]))
	if second == Connect {
		crc, p := DetectConnect(in, Raw)
		return Detection{Framing: Raw, CRC: crc}, p
	}
	crc, p := DetectConnect(in, Prefixed)
	if p == Decided {
		return Detection{CRC: crc}, Decided
	}
	if prefixedLogon(in, second) {
		return Detection{Logon: true}, Decided
	}
	return Detection{}, NotPeSIT
}

// prefixedLogon recognises an entity of 24 bytes that does not start with an FPDU: partners may send another service name
// than PESIT.
func prefixedLogon(in []byte, second Type) bool {
	if binary.BigEndian.Uint16(in) != LogonSize || second.Known() {
		return false
	}
	fpdu := int(second) == LogonSize || int(second) == LogonSize-crcSize
	return !fpdu || !Type(binary.BigEndian.Uint16(in[4:])).Known()
}

// DetectConnect finds out whether the CONNECT that starts in carries check bytes, once the framing is known: after a
// pre-connection message. It answers NotPeSIT when in does not start with a CONNECT.
func DetectConnect(in []byte, f Framing) (crc bool, p Progress) {
	at := 0
	if f == Prefixed {
		at = prefixSize
	}
	if len(in) < at+4 {
		return false, NeedMore
	}
	fpdu := int(binary.BigEndian.Uint16(in[at:]))
	if Type(binary.BigEndian.Uint16(in[at+2:])) != Connect || fpdu < HeaderSize || fpdu > MaxFirst {
		return false, NotPeSIT
	}
	if f == Prefixed {
		switch int(binary.BigEndian.Uint16(in)) - fpdu {
		case 0:
			return false, Decided
		case crcSize:
			return true, Decided
		}
		return false, NotPeSIT
	}
	if len(in) < HeaderSize {
		return false, NeedMore
	}
	if in[4] != 0 {
		return false, NotPeSIT
	}
	if len(in) < fpdu {
		return false, NeedMore
	}
	return announcesCRC(in[HeaderSize:fpdu]), Decided
}

// announcesCRC looks for PI 1 = 1 among the parameters of a CONNECT, wherever it stands. A body that does not parse has no
// check bytes: the decoder will say what is wrong with it.
func announcesCRC(body []byte) bool {
	for len(body) > 0 {
		u, err := nextUnit(body)
		if err != nil {
			return false
		}
		if u.code == PICRC {
			v, ok := number(u.value)
			return ok && v == 1
		}
		body = body[u.size:]
	}
	return false
}
