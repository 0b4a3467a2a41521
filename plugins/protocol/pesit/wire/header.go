package wire

import "encoding/binary"

// HeaderSize is the length of every FPDU header in bytes.
const HeaderSize = 6

// MaxEntity is the largest entity, and the largest FPDU, in bytes: lengths are two bytes.
const MaxEntity = 65535

// Header is the six bytes before the body of an FPDU (PeSIT E §4.7.1).
type Header struct {
	Length int  // of the FPDU, this header included, check bytes excluded: 6..65535
	Type   Type // phase and type octets
	Dst    byte // octet 5: connection id of the addressee, 0 in CONNECT
	Sixth  byte // octet 6: the sender's connection id in connection units, number of articles in DTF, else 0
}

// DecodeHeader reads the header at the start of in, which holds at least [HeaderSize] bytes. It does not judge the fields.
func DecodeHeader(in []byte) Header {
	_ = in[5]
	return Header{
		Length: int(binary.BigEndian.Uint16(in)),
		Type:   Type(binary.BigEndian.Uint16(in[2:])),
		Dst:    in[4],
		Sixth:  in[5],
	}
}

// Append adds the six bytes. A Length outside 6..65535 is a fault of the caller; it is cut to 16 bits.
func (h Header) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.Length))
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.Type))
	return append(dst, h.Dst, h.Sixth)
}

// FPDU is one protocol unit as it lies in the receive buffer: its slices are views, valid as long as that buffer.
type FPDU struct {
	Header
	Bytes []byte // header and body, check bytes excluded
	Last  bool   // no other FPDU follows in the same entity
}

// Body is what follows the header: parameters, or data in the DTF family.
func (f FPDU) Body() []byte { return f.Bytes[HeaderSize:] }
