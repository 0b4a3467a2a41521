package stream

import (
	"encoding/binary"
	"unsafe"

	"github.com/postern/postern/sdk"
)

// op is what the writer does behind a batch's bytes.
type op uint8

const (
	opNone op = iota
	opFinish
	opRewind
	opStop
	opResize
)

// batch is bytes on their way to the writer, with the points between them.
type batch struct {
	bufs    [][]byte
	held    []*Buffer
	points  []pointAt
	bytes   int   // of bufs
	wire    int64 // payload bytes
	records int64 // records that end here
	op      op
	target  int64 // of opRewind and opResize
	jump    bool  // the bytes go to offset to, whatever came before
	to      int64
}

// pointAt is a sync point behind the first at slices of a batch, with the counts up to there.
type pointAt struct {
	point         int64
	at            int
	wire, records int64
	state         []byte
}

// reset empties the batch and releases its buffers.
func (b *batch) reset() {
	for i, h := range b.held {
		h.Release()
		b.held[i] = nil
	}
	clear(b.bufs)
	clear(b.points)
	*b = batch{bufs: b.bufs[:0], held: b.held[:0], points: b.points[:0]}
}

// hold keeps buf until the batch is written.
func (b *batch) hold(buf *Buffer) {
	if n := len(b.held); n > 0 && b.held[n-1] == buf {
		return
	}
	buf.Hold()
	b.held = append(b.held, buf)
}

// add appends span, to the last slice where it goes on in memory and longest allows.
func (b *batch) add(span []byte, longest int) {
	b.bytes += len(span)
	if n := len(b.bufs); n > 0 {
		last := b.bufs[n-1]
		whole := len(last) + len(span)
		if whole <= cap(last) && whole <= longest &&
			unsafe.Add(unsafe.Pointer(unsafe.SliceData(last)), len(last)) == unsafe.Pointer(unsafe.SliceData(span)) {
			b.bufs[n-1] = last[:whole]
			return
		}
	}
	b.bufs = append(b.bufs, span)
}

// Data takes payload that was heard, in order; recordEnd marks the end of a record. A span inside buf.B is held until it
// is written, so those bytes must not be changed; the caller may release buf at once. Short spans, and those that are
// not in buf, are copied. It fails with the receiver's failure, and with data.record when a prefixed record grows beyond
// MaxRecord.
func (r *Receiver) Data(buf *Buffer, span []byte, recordEnd bool) error {
	if err := r.usable(); err != nil {
		return err
	}
	if r.o.Records == sdk.RecordsPrefixed {
		if err := r.measure(len(span)); err != nil {
			return err
		}
	}
	r.cur.wire += int64(len(span))
	r.put(buf, span)
	r.open = true
	if recordEnd {
		r.endRecord()
	}
	if r.cur.bytes >= r.goodWrite() || len(r.cur.bufs) >= maxSpans {
		// The length of an open prefixed record is not known yet: it waits, MaxRecord bytes at most.
		if !r.open || r.o.Records != sdk.RecordsPrefixed {
			r.submit(opNone, 0)
		}
	}
	return nil
}

// goodWrite is how many bytes are worth a write: fewer while many transfers hold theirs.
func (r *Receiver) goodWrite() int {
	if r.o.Pool.short() {
		return shortWrite
	}
	return goodWrite
}

// measure counts n more bytes of a prefixed record, and leaves room for its length when it begins.
func (r *Receiver) measure(n int) error {
	if !r.open {
		r.length = 0
		r.prefix = r.reserve(4)
		r.cur.add(r.prefix, BufferSize)
	}
	if r.length += n; r.length > MaxRecord {
		return sdk.Refuse(sdk.DataRecord, "a record is longer than %d bytes", MaxRecord)
	}
	return nil
}

// endRecord closes the open record in the stored form.
func (r *Receiver) endRecord() {
	switch r.o.Records {
	case sdk.RecordsLines:
		if r.copies(len(r.o.Delimiter)) {
			r.copyIn(r.o.Delimiter)
		} else {
			r.cur.add(r.o.Delimiter, BufferSize)
		}
	case sdk.RecordsPrefixed:
		binary.BigEndian.PutUint32(r.prefix, uint32(r.length)) // at most MaxRecord
		r.prefix = nil
	}
	r.cur.records++
	r.open = false
}

// copies reports whether a delimiter is better copied than written as a slice of its own: behind a copied record it is
// one slice with it.
func (r *Receiver) copies(n int) bool {
	k := len(r.cur.bufs)
	if k == 0 || r.scratch == nil || r.filled+n > len(r.scratch.B) {
		return false
	}
	last := r.cur.bufs[k-1]
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(last)), len(last)) == unsafe.Pointer(&r.scratch.B[r.filled])
}

// put adds payload, held or copied.
func (r *Receiver) put(buf *Buffer, span []byte) {
	if len(span) >= smallSpan && buf.contains(span) {
		r.cur.hold(buf)
		r.cur.add(span, BufferSize)
		return
	}
	r.copyIn(span)
}

// copyIn adds a copy.
func (r *Receiver) copyIn(b []byte) {
	for len(b) > 0 {
		to := r.reserve(1)
		to = to[:min(len(b), cap(to))]
		r.filled += len(to) - 1
		copy(to, b)
		r.cur.add(to, BufferSize)
		b = b[len(to):]
	}
}

// reserve returns the next n bytes of the scratch buffer; its capacity reaches to the end of the buffer.
func (r *Receiver) reserve(n int) []byte {
	if r.scratch == nil || r.filled+n > len(r.scratch.B) {
		if r.scratch != nil {
			r.scratch.Release()
		}
		r.scratch, r.filled = r.o.Pool.Lend(n), 0
	}
	r.cur.hold(r.scratch)
	at := r.filled
	r.filled += n
	return r.scratch.B[at:r.filled]
}

// submit hands what was collected to the writer.
func (r *Receiver) submit(o op, target int64) {
	b := r.cur
	b.op, b.target = o, target
	if r.inline(b) {
		r.cur = &batch{}
		r.process([]*batch{b})
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, b)
	r.flight += b.bytes
	r.grown = true
	if n := len(r.free); n > 0 {
		r.cur, r.free = r.free[n-1], r.free[:n-1]
	} else {
		r.cur = &batch{}
	}
	if !r.writes {
		r.begin()
	}
	r.work.Signal()
}

// drop forgets what was collected since the last point.
func (r *Receiver) drop() {
	r.cur.reset()
	r.open, r.prefix, r.length = false, nil, 0
}
