package wire

// Framing says how entities are delimited in the byte stream. TCP came after PeSIT E, and two ways are deployed.
type Framing uint8

// The framings. Prefixed puts a two-byte length, which does not count itself, before each entity (NSDU mode, "GSIT"). Raw has
// no prefix: FPDUs follow each other by their own length.
const (
	Prefixed Framing = iota
	Raw
)

// String is "prefixed" or "raw".
func (f Framing) String() string {
	if f == Raw {
		return "raw"
	}
	return "prefixed"
}

// Link says how FPDUs travel on one connection, both ways.
type Link struct {
	Framing Framing
	CRC     bool // two check bytes after every FPDU (PI 1), counted in the entity
	Max     int  // largest entity in bytes, prefix excluded, check bytes included (PI 25 once agreed); 0 means MaxEntity
}

func (l Link) max() int {
	if l.Max <= 0 || l.Max > MaxEntity {
		return MaxEntity
	}
	return l.Max
}

func (l Link) check() int {
	if l.CRC {
		return crcSize
	}
	return 0
}

func (l Link) prefix() int {
	if l.Framing == Prefixed {
		return prefixSize
	}
	return 0
}

// MaxBody is the largest body of an FPDU on this link: PI 25 less the header, less the check bytes.
func (l Link) MaxBody() int { return l.max() - HeaderSize - l.check() }

// Gap is how many bytes come before the data of an FPDU: entity prefix and header. See [Link.PutData].
func (l Link) Gap() int { return l.prefix() + HeaderSize }

const (
	prefixSize = 2
	crcSize    = 2
)
