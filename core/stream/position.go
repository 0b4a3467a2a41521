package stream

// Position is a place in a transfer that a restart can begin from. The zero value is the beginning.
type Position struct {
	Point   int64 // number of the sync point; 0 is the beginning
	File    int64 // bytes of the stored file before it
	Wire    int64 // bytes of payload before it, as the dialogue hears or says them
	Records int64 // whole records before it
	// Digest is the running digests; opaque, at most MaxDigest bytes. nil begins anew, which is right at byte 0 only.
	Digest []byte
	// Filter is what the filters need to go on from here, as Filters.Snapshot gave it: Stuck where they cannot, nil where
	// there are none. A sender's is that of a place before the point: what the peer has beyond it is filtered again and
	// dropped, and Digest is that of the place too.
	Filter []byte
}

// Stuck is Position.Filter of a place from which the filters cannot go on.
func Stuck() []byte { return []byte{0} }

// MaxDigest is the most that Position.Digest holds, in bytes.
const MaxDigest = 1 + 2*108

// Mark is a sync point with all that is stored with it.
type Mark struct {
	Position
	State   []byte // the dialogue's
	Backend []byte // the writer's, as Sync returned it; nil for a sender
}

// Totals are what a finished transfer moved. In bytes; digests are hexadecimal, "" where none was wanted.
type Totals struct {
	File    int64 // of the stored file, whole
	Wire    int64 // of payload, all attempts together
	Records int64
	SHA256  string // of the stored file
	// WireSHA256 is that of the file as the peer has it; "" without filters.
	WireSHA256 string
}
