package wire

// CRC computes the two check bytes of an FPDU: ISO 8073 class 4 (Fletcher modulo 255) with the check bytes last.
func CRC(fpdu []byte) [2]byte {
	s1, s2 := fletcher(fpdu)
	// The two check bytes count as zeros in the sums.
	s2 = (s2 + 2*s1) % 255
	return [2]byte{byte((s1 + 255 - s2) % 255), byte((s2 + 510 - 2*s1) % 255)}
}

// CheckCRC reports whether b, an FPDU with its two check bytes, is intact. FF and 00 are the same residue, so it is the sums
// that count, not the bytes.
func CheckCRC(b []byte) bool {
	s1, s2 := fletcher(b)
	return s1 == 0 && s2 == 0
}

// fletcher gives both sums modulo 255. The modulo waits for the end: with the at most 65537 bytes of an entity the second sum
// stays below 2^40; longer input is cut into such pieces.
func fletcher(b []byte) (s1, s2 uint64) {
	const piece = 1 << 16
	for len(b) > 0 {
		p := b[:min(piece, len(b))]
		b = b[len(p):]
		for len(p) >= 8 {
			b0, b1, b2, b3 := uint64(p[0]), uint64(p[1]), uint64(p[2]), uint64(p[3])
			b4, b5, b6, b7 := uint64(p[4]), uint64(p[5]), uint64(p[6]), uint64(p[7])
			s2 += 8*s1 + 8*b0 + 7*b1 + 6*b2 + 5*b3 + 4*b4 + 3*b5 + 2*b6 + b7
			s1 += b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7
			p = p[8:]
		}
		for _, c := range p {
			s1 += uint64(c)
			s2 += s1
		}
		s1, s2 = s1%255, s2%255
	}
	return s1, s2
}
