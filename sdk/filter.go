package sdk

import "context"

// FilterOpener is an exit that filters. OpenFilter is asked once for each attempt at a transfer, before its first
// block, from many goroutines at once; facts.Filter says where the attempt begins. The context ends at the point's
// deadline. A refusal refuses the transfer; any other error is a failure of the exit.
//
// It may also be [FilterDescriber] and [Versioned].
type FilterOpener interface {
	OpenFilter(ctx context.Context, q Question) (Filter, error)
}

// Filter transforms the blocks of one transfer, in order. Calls never overlap.
//
// Block gets the bytes of a block, which it may change and return, and gives what takes their place. It keeps no
// reference to in when it returns. in may be empty, and is at most as long as [BlockLender] lends, else 256 KiB. last
// marks the final, possibly empty, block; no other follows it. An error that is a [*Refusal] refuses the data, any
// other is a failure; both stop the transfer, and only Close is called then.
//
// Close is called once, whatever happened. One second is what all calls for one block may take together; whoever takes
// longer has failed, and Close follows when the call comes back.
//
// A filter may also be [BlockLender], [AheadLender] and [StatefulFilter].
type Filter interface {
	Block(in []byte, last bool) (Filtered, error)
	Close() error
}

// Filtered is what a filter made of a block.
type Filtered struct {
	// Bytes take the place of the block's; none: nothing comes out of it (yet). They are valid until the next call of
	// Block, Snapshot, Restore or Close; Buffer leaves them valid. They may be any memory of the filter's, the block's
	// own included.
	Bytes []byte
	// More says that this is not all: once Bytes are written, Block is called with an empty block and the same last, as
	// long as it says so. A filter that makes files longer needs no more memory than a block in this way.
	More bool
	// End says that nothing more of this file is wanted: what Bytes hold is the end of it, and no block follows. With
	// More the rest is still asked for.
	End bool
}

// BlockLender is a filter that lends memory for its blocks, so that nothing is copied: what is received, or read from
// the file, goes there at once.
//
// Buffer returns that memory, the same or another each time: it is asked anew before each block and after each Snapshot
// and Restore, because it may have moved. The next block is as many of its first bytes as there are; up to 1 MiB of it
// is used, and 64 KiB to 256 KiB serve best. Empty means that there is none now: the block is memory of the caller's
// then. Nobody touches the memory any more once a call of the filter's has failed or was late.
type BlockLender interface {
	Buffer() []byte
}

// AheadLender is a [BlockLender] with memory for two blocks: one is worked on while the next is gathered in the other, and
// while what came out of the one before is written.
//
// Spare is asked right after Buffer, and returns other memory than it: the block after the next one is gathered there
// while Block works on the next one, and is given to Block from there, or from where that memory was if it has moved
// meanwhile. Empty means that there is none now. What Block has returned stays valid while Block works on memory that
// Spare has lent, and Block touches only the memory that its block is in.
type AheadLender interface {
	BlockLender
	Spare() []byte
}

// MaxFilterState is the most that [StatefulFilter].Snapshot may return, in bytes.
const MaxFilterState = 64 << 10

// StatefulFilter is a filter whose transfers can go on in the middle: its state at a sync point is kept with the point.
// Without it (and without Traits that say that there is no state) a restart begins at byte 0.
//
// Snapshot returns the state behind all blocks so far, at most [MaxFilterState] bytes; it is copied at once. Nothing is
// waiting to come out: each block was answered without More. An error, or a longer state, means that a restart from
// this point is not possible; the transfer goes on.
//
// Restore is called at most once, before the first block, with what a Snapshot of a filter of the same name and
// [Versioned] version has returned. An error is a failure of the exit.
type StatefulFilter interface {
	Snapshot() ([]byte, error)
	Restore(state []byte) error
}

// FilterTraits say what restarts can count on.
type FilterTraits struct {
	// ChangesLength: what comes out may be longer or shorter than what goes in. Without it every block must come out as
	// long as it went in; another length is a failure.
	ChangesLength bool
	// State: what comes out of a byte depends on more than the byte and its offset in the file. Without it a restart
	// needs no [StatefulFilter]: the filter is opened at the offset.
	State bool
}

// FilterDescriber is a [FilterOpener] that knows its traits. Without it both are taken to be true. They never change.
type FilterDescriber interface {
	FilterTraits() FilterTraits
}

// Versioned is an exit that can be told from another version of itself. The string is opaque and covers code and
// configuration: of a WASM module its SHA-256 with that of its configuration. A filter whose version differs from that
// of the earlier attempt, or which has none ("" included), begins at byte 0.
type Versioned interface {
	Version() string
}
