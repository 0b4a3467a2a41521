package stream

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math"

	"github.com/postern/postern/sdk"
)

// ownPoints is after how many bytes a receiver of scattered data makes a sync point by itself, so that a crash loses no
// more than that. It costs one sync and one commit, beside the data.
const ownPoints = 64 << 20

// scattered is what a receiver knows of a file whose data comes with offsets. Points lie where the file has no hole
// before them. The digest follows as long as the data comes in order; what it has not seen is read back at the end.
type scattered struct {
	// Of the loop alone.
	next  int64 // where the last data ended
	since int64 // bytes since the last point
	point int64 // number of the last point

	// Of the writer's goroutine alone.
	at     int64 // where the next batch goes on that does not say otherwise
	seen   extents
	size   int64 // of the file
	grown  int64 // size that the peer asked for, if that is more
	hashed int64 // bytes from the beginning on that the digest has
}

func newScattered(from Position, digested bool) *scattered {
	s := &scattered{next: from.File, point: from.Point, at: from.File, size: from.File}
	s.seen.add(0, from.File)
	if digested {
		s.hashed = from.File
	}
	return s
}

// scatterFrom begins with a file that has all bytes up to a position. Where the digest of these is not known they are read
// back at the end.
func (r *Receiver) scatterFrom(o ReceiverOptions) {
	if o.Digest && r.dig.file == nil && o.Filters == nil {
		r.dig.file = sha256.New()
		r.scattered = newScattered(o.From.Position, false)
		return
	}
	r.scattered = newScattered(o.From.Position, true)
	if o.Filters != nil {
		r.scattered.next = o.From.Wire
	}
}

// DataAt takes payload for a place of the file, as Data does for where the last one ended. With filters it must be there.
// It is for receivers with ReceiverOptions.Scattered alone.
func (r *Receiver) DataAt(buf *Buffer, span []byte, at int64) error {
	s := r.scattered
	if r.o.MaxSize > 0 && r.out == nil && at+int64(len(span)) > r.o.MaxSize {
		return r.tooLong()
	}
	if at != s.next {
		if r.out != nil {
			return sdk.Refuse(sdk.FileAttributes, "the flow has filters: data at byte %d cannot follow that up to byte %d", at, s.next)
		}
		if r.cur.bytes > 0 {
			r.submit(opNone, 0)
		}
		r.cur.jump, r.cur.to = true, at
	}
	s.next = at + int64(len(span))
	if err := r.Data(buf, span, false); err != nil {
		return err
	}
	if s.since += int64(len(span)); s.since >= ownPoints && r.o.Durability == sdk.DurabilitySync {
		_, err := r.Point()
		return err
	}
	return nil
}

// Next is where data goes that bears no offset.
func (r *Receiver) Next() int64 { return r.scattered.next }

// Point puts a sync point behind what was given and tells its number, which is one more than that of the last.
func (r *Receiver) Point() (int64, error) {
	s := r.scattered
	s.point++
	s.since = 0
	return s.point, r.Sync(s.point, nil)
}

// Resize makes the file end at an offset: what lies beyond is dropped. A file is not whole before what it lacks has come.
func (r *Receiver) Resize(size int64) error {
	if err := r.usable(); err != nil {
		return err
	}
	if r.out != nil {
		return sdk.Refuse(sdk.FileAttributes, "the flow has filters: its file cannot be cut")
	}
	r.submit(opResize, size)
	r.cur.jump, r.cur.to = true, r.scattered.next // the order of what comes is its own again
	return nil
}

// scatter writes batches that follow each other.
func (r *Receiver) scatter(taken []*batch) error {
	s := r.scattered
	if taken[0].jump {
		s.at = taken[0].to
	}
	if s.at < s.hashed && r.dig.file != nil {
		if err := r.retract(math.MaxInt64); err != nil {
			return err
		}
	}
	r.vec = r.vec[:0]
	for _, b := range taken {
		r.vec = append(r.vec, b.bufs...)
	}
	if err := r.writeAt(r.vec, s.at); err != nil {
		return err
	}
	for _, b := range taken {
		from := 0
		for _, p := range b.points {
			r.scatterHash(b.bufs[from:p.at])
			from = p.at
			if err := r.note(p); err != nil {
				return err
			}
		}
		r.scatterHash(b.bufs[from:])
	}
	return nil
}

// scatterHash notes bytes that were written, and digests them if they are next.
func (r *Receiver) scatterHash(bufs [][]byte) {
	s := r.scattered
	from := s.at
	for _, b := range bufs {
		switch n := int64(len(b)); {
		case s.at == s.hashed:
			if r.dig.file != nil {
				r.dig.file.Write(b)
			}
			s.hashed += n
		case s.at < s.hashed:
			r.rehash()
		}
		s.at += int64(len(b))
	}
	if s.at == from {
		return
	}
	s.seen.add(from, s.at)
	s.size = max(s.size, s.at)
	r.scatterPosition()
}

// rehash forgets a digest of bytes that have changed.
func (r *Receiver) rehash() {
	r.scattered.hashed = 0
	if r.dig.file != nil {
		r.dig.file = sha256.New()
	}
}

func (r *Receiver) scatterPosition() {
	p := r.scattered.seen.prefix()
	r.pos.File, r.pos.Wire = p, p
}

// resize follows Resize on the writer's goroutine.
func (r *Receiver) resize(size int64) error {
	s := r.scattered
	if size >= s.size {
		s.grown = size
		return nil
	}
	if err := r.retract(size); err != nil {
		return err
	}
	if err := r.truncate(size); err != nil {
		return fmt.Errorf("make the file end at byte %d: %w", size, err)
	}
	s.seen.cut(size)
	s.size, s.grown = size, 0
	if s.hashed > size {
		r.rehash()
	}
	r.scatterPosition()
	return nil
}

// digested gives the running digests as they belong to the position; none where they have seen more or less.
func (r *Receiver) digested() ([]byte, error) {
	if s := r.scattered; s != nil && r.out == nil && s.hashed != r.pos.File {
		return nil, nil
	}
	return r.dig.state()
}

// whole refuses a file with a hole, and completes its digest.
func (r *Receiver) whole() error {
	s := r.scattered
	size := max(s.size, s.grown)
	if p := s.seen.prefix(); p < size && !s.seen.forgot {
		return sdk.Refuse(sdk.DataCount, "the file has %d bytes, of which those from byte %d on have not all come", size, p)
	}
	r.pos.File, r.pos.Wire = s.size, s.size
	if r.dig.file == nil || s.hashed == s.size {
		return nil
	}
	part, ok := r.o.Writer.(sdk.PartReader)
	if !ok {
		r.dig.file = nil // there is none
		return nil
	}
	buf := r.o.Pool.Get()
	defer buf.Release()
	_, err := io.CopyBuffer(onlyWriter{r.dig.file}, io.NewSectionReader(part, s.hashed, s.size-s.hashed), buf.B)
	if err != nil {
		return fmt.Errorf("read the file back for its digest: %w", err)
	}
	return nil
}

// onlyWriter hides that a writer could read by itself, so that the given buffer is used.
type onlyWriter struct{ io.Writer }
