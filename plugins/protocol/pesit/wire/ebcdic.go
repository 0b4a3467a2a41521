package wire

// EBCDIC serves the pre-connection message alone; all else in PeSIT over TCP is binary or ASCII, even with mainframes. The
// table is code page 037 for the printable ASCII characters; letters and digits are the same in 500.
const ebcdicOf = "" +
	"\x40\x5A\x7F\x7B\x5B\x6C\x50\x7D\x4D\x5D\x5C\x4E\x6B\x60\x4B\x61" + // space to /
	"\xF0\xF1\xF2\xF3\xF4\xF5\xF6\xF7\xF8\xF9\x7A\x5E\x4C\x7E\x6E\x6F" + // 0 to ?
	"\x7C\xC1\xC2\xC3\xC4\xC5\xC6\xC7\xC8\xC9\xD1\xD2\xD3\xD4\xD5\xD6" + // @ to O
	"\xD7\xD8\xD9\xE2\xE3\xE4\xE5\xE6\xE7\xE8\xE9\xBA\xE0\xBB\xB0\x6D" + // P to _
	"\x79\x81\x82\x83\x84\x85\x86\x87\x88\x89\x91\x92\x93\x94\x95\x96" + // ` to o
	"\x97\x98\x99\xA2\xA3\xA4\xA5\xA6\xA7\xA8\xA9\xC0\x4F\xD0\xA1" // p to ~

// toEBCDIC translates one printable ASCII character.
func toEBCDIC(c byte) (b byte, ok bool) {
	if c < ' ' || c > '~' {
		return 0, false
	}
	return ebcdicOf[c-' '], true
}

// fromEBCDIC translates to printable ASCII; NUL becomes a blank, anything else a question mark.
func fromEBCDIC(b byte) byte {
	if b == 0 {
		return ' '
	}
	for i := range len(ebcdicOf) {
		if ebcdicOf[i] == b {
			return byte(i) + ' '
		}
	}
	return '?'
}
