package stream

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/postern/postern/sdk"
)

// SenderOptions say how a file is sent.
type SenderOptions struct {
	Reader    sdk.Reader
	Records   sdk.Records // "" is stream
	Delimiter []byte      // of lines, 1 to 8 bytes; not sent
	// RecordLength is the maximum of a record of lines or prefixed, or with Fixed the length of every record; a stream is
	// cut at it with Fixed only. 0: no limit. With Fixed it is 1 to 512 KiB.
	RecordLength int
	Fixed        bool // records are padded to RecordLength: of lines with blanks, others with zeros
	Digest       bool
	From         Mark
	// Gap and Max are what sdk.Framer answered: Gap bytes are left before each payload of Max, and what is left at the
	// end of a message. With Max 0 there are no gaps.
	Gap, Max int
	// Filters, if any, take the stored form of the file, from the place on that From.Filter is of, or from byte 0; what
	// the peer has of what they give is dropped. The sender closes them. With filters there is no Rewind.
	Filters Filters
	Pool    *Pool
	Bug     Bug // nil: nobody is told
}

// Sender reads a file ahead of the loop. Its methods come from one goroutine and never wait for I/O (Close does).
//
// The loop takes a chunk, says each message that Next gives, tells with Taken what the dialogue used, and releases the
// chunk before it takes another:
//
//	c := <-s.Chunks()
//	for b, end, ok := c.Next(); ok; b, end, ok = c.Next() {
//		said, out, err = d.Say(sdk.Message{Kind: sdk.KindData, At: -1, Bytes: b, RecordEnd: end}, out)
//		err = s.Taken(c, said.Used)
//		…
//	}
//	c.Release()
type Sender struct {
	o    SenderOptions
	size int64 // of the file when it was opened

	// Of the loop alone.
	run     *run
	reading *run     // the last one whose goroutine was started
	taking  *Chunk   // that of the last Taken
	pos     Position // without a digest
	inside  bool     // a record was said in part
	marks   []*sent  // points said, in order
	acked   int      // of marks
	sums    *sums    // of a filtered file whose last chunk was released
	base    *bound   // of a filtered file: that of the last chunk taken
	closed  bool

	hash *hasher // nil when nothing is hashed here
	live chan struct{}
	done sync.WaitGroup

	mu   sync.Mutex
	free []*Chunk
}

// sent is a point said; its digest comes when the hasher is there.
type sent struct {
	Mark
	ready bool // under the hasher's mutex
	err   error
}

// liveChunks bounds what one sender holds: read ahead, in the loop's hands, and not hashed yet.
const liveChunks = readAhead + 4

// NewSender starts reading. It fails when the options are wrong, From's digests are damaged, or the file is shorter than
// From (data.io); it then closed nothing.
func NewSender(o SenderOptions) (*Sender, error) {
	if o.Records == "" {
		o.Records = sdk.RecordsStream
	}
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("send a file: %w", err)
	}
	s := &Sender{o: o, size: o.Reader.Info().Size, pos: o.From.Position, live: make(chan struct{}, liveChunks)}
	s.o.Delimiter = slices.Clone(o.Delimiter)
	s.pos.Digest, s.pos.Filter = nil, nil
	if o.From.File > s.size {
		return nil, sdk.Refuse(sdk.DataIO, "the file has %d bytes, sync point %d is at %d", s.size, o.From.Point, o.From.File)
	}
	if o.Digest && o.Filters == nil {
		dig, err := newDigests(o.From.Position, true, false)
		if err != nil {
			return nil, fmt.Errorf("send from sync point %d: %w", o.From.Point, err)
		}
		s.hash = newHasher(dig)
		s.done.Go(s.hash.work)
	}
	if err := s.start(o.From); err != nil { // with filters alone: there is no hasher then
		return nil, fmt.Errorf("send from sync point %d: %w", o.From.Point, err)
	}
	o.Pool.join()
	return s, nil
}

func (o *SenderOptions) validate() error {
	var faults []error
	if o.Reader == nil || o.Pool == nil {
		faults = append(faults, errors.New("a reader and a pool are needed"))
	}
	if o.Records == sdk.RecordsLines && (len(o.Delimiter) == 0 || len(o.Delimiter) > 8) {
		faults = append(faults, errors.New("lines need a delimiter of 1 to 8 bytes"))
	}
	if o.From.File < 0 || o.From.Wire < 0 || o.From.Records < 0 || o.From.Point < 0 {
		faults = append(faults, errors.New("a position cannot be negative"))
	}
	if o.Gap < 0 || o.Max < 0 || o.Max == 0 && o.Gap > 0 || o.Gap+o.Max > BufferSize {
		faults = append(faults, fmt.Errorf("gaps of %d bytes and payloads of %d do not fit", o.Gap, o.Max))
	}
	switch {
	case o.RecordLength < 0:
		faults = append(faults, errors.New("a record length cannot be negative"))
	case o.Fixed && (o.RecordLength == 0 || o.RecordLength > goodRead || o.framed(o.RecordLength) > BufferSize):
		faults = append(faults, fmt.Errorf("fixed records of %d bytes cannot be sent", o.RecordLength))
	}
	return errors.Join(faults...)
}

// framed is the length of n payload bytes of one message with their gaps.
func (o *SenderOptions) framed(n int) int {
	if o.Max == 0 {
		return n
	}
	return n + o.Gap*max((n+o.Max-1)/o.Max, 1)
}

// Chunks gives the channel of chunks read ahead. It changes with Rewind, so call it for each receive. After the chunk
// with Last or Err none follows; the channel is not closed.
func (s *Sender) Chunks() <-chan *Chunk {
	if !s.run.ahead {
		s.goAhead()
	}
	return s.run.ch
}

// Now reads the next chunk where that needs no wait for a disk: what one core has just read it says, and nobody is woken.
// nil: it comes from Chunks, like all that follow it.
func (s *Sender) Now() *Chunk {
	if s.run.ahead || s.closed {
		return nil
	}
	select {
	case s.live <- struct{}{}:
	default: // the loop holds too many
		return nil
	}
	c := s.chunk(s.run)
	if !s.run.f.(*direct).ready(c) {
		c.unref()
		return nil
	}
	return c
}

// Taken says that the dialogue used that many of the bytes that Next returned (as Said.Used: gaps counted). An empty
// message is taken by 0. It fails when used is outside them or, framed, does not end a payload: the dialogue is wrong. A
// chunk read before a Rewind is ignored.
func (s *Sender) Taken(c *Chunk, used int) error {
	if c.run != s.run {
		return nil
	}
	b, _, ok := c.Next()
	if !ok && used == 0 {
		return nil
	}
	payload, whole := c.payload(used)
	if used < 0 || used > len(b) || !whole && used < len(b) {
		return fmt.Errorf("the dialogue used %d of %d bytes, with gaps of %d before payloads of %d", used, len(b), c.gap, c.max)
	}
	if used == 0 && len(b) > 0 {
		return nil
	}
	if s.taking != c {
		s.owe(s.taking)
		s.taking = c
		if c.base != nil {
			s.base = c.base
		}
	}
	c.at += used
	s.pos.Wire += int64(payload)
	switch {
	case c.spans == nil:
		c.stored += payload
	case c.at == c.spans[c.next].end:
		sp := c.spans[c.next]
		c.next++
		c.stored = sp.stored
		s.inside = !sp.recordEnd
		if sp.recordEnd {
			s.pos.Records++
		}
	default:
		s.inside = true
	}
	s.pos.File = c.file + int64(c.stored)
	if c.filtered { // where a block's bytes came from is not known more exactly
		s.pos.File = c.file
	}
	return nil
}

// Position is where the peer's copy ends when it has everything that was taken; without a digest. With filters File is
// how far the stored file was read for it.
func (s *Sender) Position() Position { return s.pos }

// Totals returns what was sent, once the last chunk was taken and released. It may wait for the digest to get there. A stored file that a filter ended early has no digest.
func (s *Sender) Totals() Totals {
	s.owe(s.taking)
	t := Totals{File: s.pos.File, Wire: s.pos.Wire, Records: s.pos.Records}
	switch {
	case s.sums != nil:
		t.SHA256, t.WireSHA256 = s.sums.file, s.sums.wire
	case s.hash != nil:
		t.SHA256 = s.hash.sum()
	}
	return t
}

// Close stops reading ahead, waits for the read under way and closes the filters; the reader stays open. Twice is no
// error. Chunks taken earlier are still to be released.
func (s *Sender) Close() {
	if s.closed {
		return
	}
	s.closed = true
	s.o.Pool.leave()
	close(s.run.stop)
	if s.hash != nil {
		s.hash.stop()
	}
	s.done.Wait()
	if s.o.Filters != nil {
		_ = s.o.Filters.Close() // what a filter says of its end changes nothing any more
	}
}
