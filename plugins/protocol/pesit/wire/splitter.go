package wire

import "encoding/binary"

// Splitter cuts received bytes into FPDUs without copying. Set its Link from [Detect], and Max when PI 25 is agreed.
type Splitter struct {
	Link
	left int // bytes of the current entity that are not split yet
}

// Next finds the next FPDU at the start of in and how many bytes it takes there, entity prefix and check bytes included. in is
// what was received and not used yet; the FPDU's slices lie in it.
//
// [ErrMore] means that in does not hold the FPDU yet. Any other error is an [*Error]: 3-318 for lengths that do not fit each
// other, 3-311 for an unknown type, an entity larger than Max, or units that must not share an entity, 3-310 for wrong check
// bytes. Only after 3-310 is used above 0: the damaged FPDU may be skipped and reading go on, if resynchronisation was agreed.
func (s *Splitter) Next(in []byte) (f FPDU, used int, err error) {
	switch {
	case s.Framing == Raw:
		return s.raw(in)
	case s.left > 0:
		return s.member(in, 0, s.left, false)
	}
	if len(in) < prefixSize {
		return FPDU{}, 0, ErrMore
	}
	entity := int(binary.BigEndian.Uint16(in))
	if entity < HeaderSize+s.check() {
		return FPDU{}, 0, fault(BadParameter, "entity of %d bytes holds no FPDU", entity)
	}
	if entity > s.max() {
		return FPDU{}, 0, fault(ProtocolError, "entity of %d bytes, at most %d agreed", entity, s.max())
	}
	if s.CRC {
		return s.checked(in, prefixSize, entity)
	}
	return s.member(in, prefixSize, entity, true)
}

// Inside reports that the current entity holds more FPDUs.
func (s *Splitter) Inside() bool { return s.left > 0 }

// raw reads an FPDU that its own length delimits.
func (s *Splitter) raw(in []byte) (FPDU, int, error) {
	if len(in) < HeaderSize {
		return FPDU{}, 0, ErrMore
	}
	h := DecodeHeader(in)
	if err := s.judge(h); err != nil {
		return FPDU{}, 0, err
	}
	total := h.Length + s.check()
	if total > s.max() {
		return FPDU{}, 0, faultIn(h.Type, 0, ProtocolError, "%d bytes, at most %d agreed", total, s.max())
	}
	if s.CRC {
		return s.checked(in, 0, total)
	}
	if len(in) < total {
		return FPDU{}, 0, ErrMore
	}
	return FPDU{Header: h, Bytes: in[:total:total], Last: true}, total, nil
}

// checked reads the one FPDU of an entity with check bytes; they are verified before anything in the FPDU is believed.
func (s *Splitter) checked(in []byte, at, entity int) (FPDU, int, error) {
	end := at + entity
	if len(in) < end {
		return FPDU{}, 0, ErrMore
	}
	if !CheckCRC(in[at:end]) {
		return FPDU{}, end, fault(NetworkIncident, "check bytes wrong")
	}
	h := DecodeHeader(in[at:])
	if err := s.judge(h); err != nil {
		return FPDU{}, 0, err
	}
	if h.Length != entity-crcSize {
		return FPDU{}, 0, faultIn(h.Type, 0, BadParameter, "length %d in an entity of %d bytes with check bytes", h.Length, entity)
	}
	return FPDU{Header: h, Bytes: in[at : end-crcSize : end-crcSize], Last: true}, end, nil
}

// member reads one FPDU out of an entity of which left bytes remain from in[at] on.
func (s *Splitter) member(in []byte, at, left int, first bool) (FPDU, int, error) {
	if len(in) < at+HeaderSize {
		return FPDU{}, 0, ErrMore
	}
	h := DecodeHeader(in[at:])
	if err := s.judge(h); err != nil {
		return FPDU{}, 0, err
	}
	rest := left - h.Length
	if rest < 0 {
		return FPDU{}, 0, faultIn(h.Type, 0, BadParameter, "length %d with %d bytes left in the entity", h.Length, left)
	}
	if (!first || rest > 0) && !h.Type.Shares() {
		return FPDU{}, 0, faultIn(h.Type, 0, ProtocolError, "must not share an entity")
	}
	if rest > 0 && rest < HeaderSize {
		return FPDU{}, 0, faultIn(h.Type, 0, BadParameter, "%d stray bytes behind it in the entity", rest)
	}
	end := at + h.Length
	if len(in) < end {
		return FPDU{}, 0, ErrMore
	}
	s.left = rest
	return FPDU{Header: h, Bytes: in[at:end:end], Last: rest == 0}, end, nil
}

// judge refuses a header that no FPDU has.
func (s *Splitter) judge(h Header) error {
	if h.Length < HeaderSize {
		return fault(BadParameter, "FPDU length %d is less than its header", h.Length)
	}
	if !h.Type.Known() {
		return fault(ProtocolError, "unknown phase and type %04X", uint16(h.Type))
	}
	return nil
}
