package stream

import (
	"github.com/postern/postern/sdk"
)

// ReceiverOptions say how a file is received.
type ReceiverOptions struct {
	Writer     sdk.Writer
	Records    sdk.Records // "" is stream
	Delimiter  []byte      // of lines, 1 to 8 bytes
	Durability sdk.Durability
	Digest     bool
	MaxSize    int64 // of the stored file, bytes; 0: no limit
	// From is where data begins. Resumed says that the writer held an earlier attempt: what lies beyond From is dropped
	// before the first byte is written.
	From    Mark
	Resumed bool
	// Filters pass each block in order. The receiver closes them. With filters there is no Rewind.
	Filters []sdk.Filter
	// Save commits a point to the catalog and returns when it is durable there. The calls come from the receiver's own
	// goroutine, one after the other. A mark lower than the one before is saved only by Rewind.
	Save func(Mark) error
	Pool *Pool
}

// Stats count what a receiver did; Points are the sync points that Syncs covered.
type Stats struct {
	Writes, Syncs, Saves, Points int64
}

// Receiver writes what a peer sends. Its methods come from one goroutine and never wait for I/O (Close does).
type Receiver struct{ box *mailbox }

// NewReceiver starts receiving. It fails when the options are wrong.
func NewReceiver(o ReceiverOptions) (*Receiver, error) { panic("soon") }

// Data takes payload that was heard, in order; recordEnd marks the end of a record. A span inside buf.B is held until it
// is written, so those bytes must not be changed; buf may be released at once. Other spans are copied. It fails with the
// receiver's failure, and with data.record when a prefixed record grows beyond MaxRecord.
func (r *Receiver) Data(buf *Buffer, span []byte, recordEnd bool) error { panic("soon") }

// Room reports whether the loop should read on. When it returns false a Room signal follows.
func (r *Receiver) Room() bool { panic("soon") }

// Sync puts a sync point behind all data so far; Durable tells when it may be acknowledged. The state is copied. It
// fails with the receiver's failure, and with protocol.violation inside a prefixed record.
func (r *Receiver) Sync(point int64, state []byte) error { panic("soon") }

// Finish says that all data is there: Finished follows, or Failed. A record still open ends here.
func (r *Receiver) Finish() { panic("soon") }

// Rewind forgets what lies beyond the highest point known that is not above the one given: an acknowledged or a later
// one, else the beginning. Rewound tells which. Data given after it follows that point. It fails with the receiver's
// failure, and with ErrFiltered.
func (r *Receiver) Rewind(point int64) error { panic("soon") }

// Stop says that the transfer stops early: what was given is written, the highest point made durable and saved,
// whatever the durability. Stopped follows always, after Failed if that went wrong.
func (r *Receiver) Stop() { panic("soon") }

// Signals gives the channel on which the receiver tells what happened. It is never closed.
func (r *Receiver) Signals() <-chan Signal { return r.box.ch }

// Saved returns the last mark that Save took, or From.
func (r *Receiver) Saved() Mark { panic("soon") }

// Stats returns what was done so far.
func (r *Receiver) Stats() Stats { panic("soon") }

// Close abandons what was not written yet, waits for the write or sync under way, closes the filters and leaves the
// writer open for Commit, Close or Discard. Twice is no error.
func (r *Receiver) Close() { panic("soon") }
