package wire

// Compressor shortens articles one by one. Vertical modes keep the previous article; use them for fixed records alone.
type Compressor struct {
	mode Mode
	prev []byte
}

// NewCompressor shortens articles in a mode.
func NewCompressor(m Mode) *Compressor { return &Compressor{mode: m} }

// Reset forgets the previous article: after each sync point sent, a restart and a resynchronisation, because no vertical
// string may refer beyond one.
func (c *Compressor) Reset() { c.prev = c.prev[:0] }

// Reference is the previous article; empty in horizontal mode, after Reset and at the start.
func (c *Compressor) Reference() []byte { return c.prev }

// SetReference puts back what Reference gave; it is copied.
func (c *Compressor) SetReference(article []byte) { c.prev = append(c.prev[:0], article...) }

// Append adds the compressed form of a whole article to dst: at most [CompressedMax] of its length.
func (c *Compressor) Append(dst, article []byte) []byte {
	plain := 0 // start of the bytes not written yet
	for at := 0; at < len(article); {
		run, same := c.look(article, at)
		switch {
		case same >= 2 && same >= run:
			dst = appendLiterals(dst, article[plain:at])
			dst = appendStrings(dst, verticalString, same, nil)
			at += same
			plain = at
		case run >= 3:
			dst = appendLiterals(dst, article[plain:at])
			dst = appendStrings(dst, horizontalString, run, article[at:at+1])
			at += run
			plain = at
		default:
			at++
		}
	}
	dst = appendLiterals(dst, article[plain:])
	if c.mode&Vertical != 0 {
		c.SetReference(article)
	}
	return dst
}

// look measures what starts at article[at]: a run of one byte, and what equals the previous article there.
func (c *Compressor) look(article []byte, at int) (run, same int) {
	if c.mode&Horizontal != 0 {
		for run = 1; at+run < len(article) && article[at+run] == article[at]; run++ {
		}
	}
	if c.mode&Vertical != 0 {
		end := min(len(article), len(c.prev))
		for at+same < end && article[at+same] == c.prev[at+same] {
			same++
		}
	}
	return run, same
}

func appendLiterals(dst, b []byte) []byte {
	for len(b) > 0 {
		n := min(len(b), maxString)
		dst = append(dst, literalString|byte(n))
		dst = append(dst, b[:n]...)
		b = b[n:]
	}
	return dst
}

// appendStrings writes n bytes as strings of at most 63, each followed by tail.
func appendStrings(dst []byte, kind byte, n int, tail []byte) []byte {
	for n > 0 {
		m := min(n, maxString)
		dst = append(dst, kind|byte(m))
		dst = append(dst, tail...)
		n -= m
	}
	return dst
}
