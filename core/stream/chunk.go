package stream

import "sync/atomic"

// Chunk is a piece of the file as it will be said, of about 512 KiB.
type Chunk struct {
	// Bytes are gaps and payloads in turn, or payload alone without a framer.
	Bytes   []byte
	Payload int   // bytes of it that are payload
	Last    bool  // nothing follows it; it may be empty
	Err     error // a refusal: data.io, data.record or a filter's; nothing else is in the chunk then

	s        *Sender
	run      *run
	gap, max int
	spans    []span // records; nil: the bytes are not cut
	next     int    // of spans
	at       int    // bytes taken
	file     int64  // stored bytes before the chunk; filtered: up to its end
	stored   int    // stored bytes of it that were taken
	hashed   int    // and handed to the hasher
	raw      []byte // its stored bytes, where they are not its payload
	bufs     [2]*Buffer
	filtered bool
	base     *bound // of a filtered file: from where its bytes can be filtered again
	sums     *sums  // of the last chunk of a filtered file
	refs     atomic.Int32
}

// span is a record or a part of one.
type span struct {
	end       int // in Bytes
	stored    int // stored bytes of the chunk up to its end
	recordEnd bool
}

// sums are the digests of a filtered file.
type sums struct{ file, wire string }

// Next returns the bytes of the next message: with records one record, or the rest of it, else all that is left. ok is
// false when all was taken. It returns the same until Taken. recordEnd is for the message's RecordEnd. An empty record
// is a message without payload.
func (c *Chunk) Next() (b []byte, recordEnd, ok bool) {
	if c.spans == nil {
		b = c.Bytes[c.at:]
		return b, false, len(b) > 0
	}
	if c.next == len(c.spans) {
		return nil, false, false
	}
	sp := c.spans[c.next]
	return c.Bytes[c.at:sp.end], sp.recordEnd, true
}

// payload is how much of the next used bytes is payload; whole says that they end with a payload of full length.
func (c *Chunk) payload(used int) (n int, whole bool) {
	if c.max == 0 {
		return used, true
	}
	frames, rest := used/(c.gap+c.max), used%(c.gap+c.max)
	return frames*c.max + max(rest-c.gap, 0), rest == 0
}

// Release gives the chunk's buffers back once they are hashed. Every chunk taken from the channel is released once, by
// the goroutine of the sender's methods.
func (c *Chunk) Release() {
	if s := c.s; c.run == s.run {
		s.owe(c)
		if s.taking == c {
			s.taking = nil
		}
		if c.filtered && c.Last {
			s.sums, s.pos.File = c.sums, c.file
		}
	}
	c.unref()
}

func (c *Chunk) unref() {
	if c.refs.Add(-1) > 0 {
		return
	}
	for i, b := range c.bufs {
		if b != nil {
			b.Release()
		}
		c.bufs[i] = nil
	}
	s := c.s
	s.mu.Lock()
	s.free = append(s.free, c)
	s.mu.Unlock()
	<-s.live
}

// eachStored calls f with the stored bytes from one offset in the chunk to another.
func (c *Chunk) eachStored(from, to int, f func([]byte)) {
	switch {
	case c.raw != nil:
		f(c.raw[from:to])
	case c.max == 0:
		f(c.Bytes[from:to])
	default:
		for from < to {
			n := min(c.max, to-from) // from stands at a frame: Taken sees to that
			start := from/c.max*(c.gap+c.max) + c.gap
			f(c.Bytes[start : start+n])
			from += n
		}
	}
}
