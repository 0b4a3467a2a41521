package wire

// Mode is the second byte of PI 21: which strings a compressed article may hold (§7 annex A).
type Mode byte

// The modes. Horizontal shortens runs of one byte, Vertical what equals the previous article at the same place.
const (
	Horizontal Mode = 1
	Vertical   Mode = 2
	Both       Mode = 3
)

// String is the mode's name.
func (m Mode) String() string {
	switch m {
	case 0:
		return "none"
	case Horizontal:
		return "horizontal"
	case Vertical:
		return "vertical"
	case Both:
		return "both"
	}
	return "unknown"
}

// Compression is PI 21. The zero value is no compression.
type Compression struct {
	On   bool
	Mode Mode
}

// Valid refuses an indicator without a mode, and a mode without the indicator.
func (c Compression) Valid() bool {
	if !c.On {
		return c.Mode == 0
	}
	return c.Mode >= Horizontal && c.Mode <= Both
}

// Answers reports whether c may answer the proposal: nothing, the same, or any part of a proposal of both.
func (c Compression) Answers(proposal Compression) bool {
	if !c.On {
		return c.Valid()
	}
	return c.Valid() && proposal.On && (c.Mode == proposal.Mode || proposal.Mode == Both)
}

// A compressed article is a sequence of strings, each with one byte of header: two bits of kind, six of count 1..63.
const (
	literalString    = 0x00
	horizontalString = 0x80
	verticalString   = 0xC0
	kindBits         = 0xC0
	maxString        = 63
)

// CompressedMax is the largest length of n bytes once compressed: one byte more per 63.
func CompressedMax(n int) int { return n + (n+maxString-1)/maxString }
