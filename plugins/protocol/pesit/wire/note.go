package wire

import "fmt"

// Oddity is a departure from the rules that is tolerated on receipt.
type Oddity uint8

// What is tolerated. CFT and others refuse most of these, so a Builder never writes them.
const (
	UnknownPI    Oddity = iota + 1 // skipped
	EmptyPI                        // length 0: taken as absent
	EmptyGroup                     // length 0: taken as absent
	OutOfOrder                     // used all the same
	Duplicate                      // the first one counts
	Misplaced                      // inside or outside the wrong group: skipped
	Unlisted                       // a known parameter that this FPDU does not have: kept
	TooLong                        // longer than the table allows: kept
	LooseLength                    // three-byte length for a short value
	LeadingZeros                   // number with more bytes than needed
	ShortValue                     // PI 7 without its window
	Missing                        // absent although always sent: the default counts
)

// String says it in two or three words.
func (o Oddity) String() string {
	names := [...]string{"", "unknown", "empty", "empty group", "out of order", "duplicate", "misplaced", "not listed here", "too long",
		"loose length", "leading zeros", "short", "missing"}
	if int(o) < len(names) {
		return names[o]
	}
	return "odd"
}

// Note is one tolerated oddity of a decoded FPDU.
type Note struct {
	Oddity Oddity
	PI     PI
}

// String is for instance "PI 99 too long".
func (n Note) String() string { return fmt.Sprintf("PI %d %s", n.PI, n.Oddity) }
