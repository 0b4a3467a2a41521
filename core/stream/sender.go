package stream

import "github.com/postern/postern/sdk"

// SenderOptions say how a file is sent.
type SenderOptions struct {
	Reader       sdk.Reader
	Records      sdk.Records // "" is stream
	Delimiter    []byte      // of lines, 1 to 8 bytes
	RecordLength int         // of lines and prefixed: maximum, or exact with Fixed; of stream only with Fixed; 0: no limit
	Fixed        bool        // records are padded to RecordLength: lines with blanks, others with zeros
	Digest       bool
	From         Mark
	// Gap and Max are what sdk.Framer answered: Gap bytes are left before each payload of Max. With Max 0 nothing is.
	Gap, Max int
	// Filters pass each block in order (the flow's order reversed). The sender closes them. With filters there is no
	// Rewind, and a restart reads from byte 0 and drops what the peer has.
	Filters []sdk.Filter
	Pool    *Pool
}

// Sender reads a file ahead of the loop. Its methods come from one goroutine and never wait for I/O (Close does).
//
// The loop takes a chunk, says each message that Next gives, tells with Taken what the dialogue used, and releases it:
//
//	c := <-s.Chunks()
//	for b, end, ok := c.Next(); ok; b, end, ok = c.Next() {
//		said, out, err = d.Say(sdk.Message{Kind: sdk.KindData, At: -1, Bytes: b, RecordEnd: end}, out)
//		err = s.Taken(c, said.Used)
//		…
//	}
//	c.Release()
type Sender struct{}

// NewSender starts reading. It fails when the options are wrong.
func NewSender(o SenderOptions) (*Sender, error) { panic("soon") }

// Chunk is a piece of the file as it will be said, of about 512 KiB.
type Chunk struct {
	// Bytes are gaps and payloads in turn, or payload alone without a framer.
	Bytes   []byte
	Payload int  // bytes of it that are payload
	Last    bool // nothing follows it; it may be empty
	Err     error
}

// Next returns the bytes of the next message: with records one record or the rest of it, else all that is left. ok is
// false when all was taken. It returns the same until Taken. recordEnd is for the message's RecordEnd. An empty record
// is a message without payload.
func (c *Chunk) Next() (b []byte, recordEnd, ok bool) { panic("soon") }

// Release gives the chunk's buffers back. Every chunk taken from the channel is released once.
func (c *Chunk) Release() { panic("soon") }

// Chunks gives the channel of chunks read ahead. It changes with Rewind, so call it for each receive. After the chunk
// with Last or Err none follows; the channel is not closed.
func (s *Sender) Chunks() <-chan *Chunk { panic("soon") }

// Taken says that the dialogue used that many of the bytes that Next returned (as Said.Used: gaps counted). It fails
// when used is outside them or, framed, does not end a payload. A chunk read before a Rewind is ignored.
func (s *Sender) Taken(c *Chunk, used int) error { panic("soon") }

// Position is where the peer's copy ends when it has everything that was taken; without a digest.
func (s *Sender) Position() Position { panic("soon") }

// Mark notes that a sync point was said behind everything taken so far. It fails inside a record.
func (s *Sender) Mark(point int64, state []byte) error { panic("soon") }

// Acked says that the peer acknowledged every point up to this one. It returns the mark to save: that of the highest
// point known that is not above it. ok is false when nothing new was acknowledged.
func (s *Sender) Acked(point int64) (m Mark, ok bool) { panic("soon") }

// At returns the mark of a point that Rewind may go to: 0, From, the last acknowledged or a later one.
func (s *Sender) At(point int64) (m Mark, ok bool) { panic("soon") }

// Rewind goes on from m; what was read ahead is dropped, and points beyond m are forgotten. It fails with ErrFiltered.
func (s *Sender) Rewind(m Mark) error { panic("soon") }

// Totals returns what was sent, once the last chunk was taken.
func (s *Sender) Totals() Totals { panic("soon") }

// Close stops reading ahead, waits for the read under way and closes the filters; the reader stays open. Twice is no
// error. Chunks taken earlier are still to be released.
func (s *Sender) Close() { panic("soon") }
