package sdk

import (
	"net/netip"
	"time"
)

// Role says which side of a call a dialogue plays.
type Role uint8

const (
	// Answering is the side that was called: the server.
	Answering Role = 1 + iota
	// Calling is the side that calls: the requester.
	Calling
)

// Opening is what a dialogue knows when it begins.
type Opening struct {
	Role     Role
	Terms    Terms          // the widest we accept, or what we propose
	Settings Terms          // of the listener or of the command
	Claim    Claim          // what the transport has verified
	Call     string         // id of the session, for traces
	Now      time.Time      // the dialogue has no clock; protocols with dates start from here
	Random   [16]byte       // the dialogue has no randomness of its own
	Peer     netip.AddrPort // who calls, where that is known: for limits of whoever makes dialogues
}

// Protocol translates. It is stateless; Begin makes one dialogue for each call and may append the first bytes to out.
type Protocol interface {
	Name() string
	Begin(o Opening, out []byte) (Dialogue, []byte, error)
}

// Voiced is a protocol that tells in words how it says a refusal to the peer: where is the phase that refuses, d the
// direction of the file in the file and data phases. For people who look on; nothing is said to anybody.
type Voiced interface {
	Voice(r *Refusal, where Phase, d Direction) string
}

// Described is a protocol that lists its terms and settings with their defaults; the configuration is checked against
// them. Every protocol that ships with the server is one.
type Described interface {
	Describe() Description
}

// Description is what a protocol says of itself.
type Description struct {
	Terms    []TermSpec
	Settings []TermSpec
}

// Defaults returns the default terms.
func (d Description) Defaults() Terms {
	out := make(Terms, 0, len(d.Terms))
	for _, s := range d.Terms {
		out = append(out, s.Term)
	}
	return out
}

// Dialogue is one side of one call, as a pure translation: it owns no socket, no clock, no randomness and no file.
// One goroutine of the core owns it; calls never overlap and must not block.
type Dialogue interface {
	// Hear takes the bytes received and not yet used. It uses whole units, appends what they mean to ev (never beyond
	// its capacity), appends bytes to be sent at once to out, and stops after an event that asks: the rest is offered
	// again once the answer was said. The bytes of a Data event are a slice of in, or of a buffer of the dialogue's
	// own, valid until the next call. After each answer Hear is called once even if no bytes wait.
	// Bytes that break the protocol give a Fault event, with the farewell in out; an error is a bug of the dialogue.
	// All text of an event is UTF-8: what the peer said otherwise is converted, or breaks the protocol.
	Hear(in []byte, ev []Event, out []byte) (used int, events []Event, output []byte, err error)
	// Say appends the message's bytes to out. The core may say at any time between two calls what the message's row
	// allows. A message that the peer has overtaken writes nothing and is no error.
	Say(m Message, out []byte) (Said, []byte, error)
	// Close releases what the dialogue holds. It is called once.
	Close()
}

// Next says how the core goes on after a message.
type Next uint8

const (
	// Continue: nothing special.
	Continue Next = iota
	// Blocked: no data until more was heard (a window or credit is used up).
	Blocked
	// PointDue: say Sync before more data.
	PointDue
	// Hangup: flush the output, wait for the peer to close, then close.
	Hangup
)

// Said is what became of a message.
type Said struct {
	Next  Next
	Used  int    // payload bytes taken of a Data message; the rest is offered again
	State []byte // to be stored with the sync point just said
	Point int64  // number of the sync point just said
}

// Framer is a dialogue that fills headers in place. Frame is asked after each Start: the core then leaves gap bytes
// before each payload of at most max bytes, and Say(Data) only fills the gaps; Bytes of such a message holds gaps and
// payloads in turn, all payloads but the last of max bytes, and Used counts gaps too. With max 0 Say copies. The answer to
// a Want bears one gap and one payload; without any bytes it says that there are none.
type Framer interface {
	Frame(ref uint32) (gap, max int)
}

// HeadersOnly is a framer that may say that Say(Data) looks at gaps alone. Where the dialogue runs in a plugin, payloads are
// then not copied for it. It is asked when Frame is.
type HeadersOnly interface {
	HeadersOnly() bool
}

// Mover is a dialogue that moves or changes payload inside the bytes it hears; Moved tells whether the last Hear did. One
// that runs in a plugin and is no Mover must leave them alone: its Data events then stand for the bytes as they came.
type Mover interface {
	Moved() bool
}

// Pipelined is a dialogue that goes on hearing while answers are owed, at most Pipelined of them (1 to MaxPipelined); they
// may be said in any order under their Ref or Tag.
type Pipelined interface {
	Pipelined() int
}

// MaxPipelined is the most answers that may be owed to one dialogue.
const MaxPipelined = 64

// MaxHeld is the most bytes that a dialogue may leave unused while it waits for the rest of a unit. A call that holds
// back more is cut.
const MaxHeld = 128 << 10
