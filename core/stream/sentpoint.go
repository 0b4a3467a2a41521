package stream

import (
	"fmt"
	"slices"

	"github.com/postern/postern/sdk"
)

// Mark notes that a sync point was said behind everything taken so far. The state is copied. It fails inside a record.
func (s *Sender) Mark(point int64, state []byte) error {
	if s.inside {
		return sdk.Refuse(sdk.ProtocolViolation, "sync point %d stands inside a record", point)
	}
	m := &sent{Mark: Mark{Position: s.pos, State: slices.Clone(state)}}
	m.Point = point
	switch {
	case s.base != nil:
		m.Filter, m.Digest = s.base.filter, s.base.digest
	case s.o.Filters != nil:
		m.Filter = Stuck()
	}
	if len(s.marks) >= maxMarks {
		s.marks = append(s.marks[:0], s.marks[1:]...)
		s.acked = max(s.acked-1, 0)
	}
	s.marks = append(s.marks, m)
	if s.hash == nil {
		m.ready = true
		return nil
	}
	s.owe(s.taking)
	s.hash.add(task{mark: m})
	return nil
}

// Acked says that the peer acknowledged every point up to this one. It returns the mark to save: that of the highest
// point known that is not above it. ok is false when nothing new was acknowledged. It may wait for the digest to get
// there, which is computation alone.
func (s *Sender) Acked(point int64) (m Mark, ok bool) {
	n := s.acked
	for n < len(s.marks) && s.marks[n].Point <= point {
		n++
	}
	if n == s.acked {
		return Mark{}, false
	}
	s.acked = n
	m, ok = s.settled(s.marks[n-1])
	if over := s.acked - keptMarks; over > 0 {
		s.marks = slices.Delete(s.marks, 0, over)
		s.acked -= over
	}
	return m, ok
}

// At returns the mark of a point that Rewind may go to: 0, From, one of the last 64 acknowledged or a later one.
func (s *Sender) At(point int64) (m Mark, ok bool) {
	for _, sent := range slices.Backward(s.marks) {
		if sent.Point == point {
			return s.settled(sent)
		}
	}
	switch point {
	case 0:
		return Mark{}, true
	case s.o.From.Point:
		return s.o.From, true
	}
	return Mark{}, false
}

// settled waits for the mark's digest.
func (s *Sender) settled(m *sent) (Mark, bool) {
	if s.hash != nil && !s.hash.wait(m) {
		return Mark{}, false
	}
	return m.Mark, m.err == nil
}

// Rewind goes on from m, a mark that At returned; what was read ahead is dropped, and points beyond m are forgotten. It
// fails with ErrFiltered, and with damaged digests.
func (s *Sender) Rewind(m Mark) error {
	if s.o.Filters != nil {
		return ErrFiltered
	}
	if s.closed {
		return ErrClosed
	}
	if s.hash != nil {
		dig, err := newDigests(m.Position, true, false)
		if err != nil {
			return fmt.Errorf("go back to sync point %d: %w", m.Point, err)
		}
		s.hash.add(task{restart: &dig})
	}
	for n := len(s.marks); n > 0 && s.marks[n-1].Point > m.Point; n-- {
		s.marks = s.marks[:n-1]
	}
	s.acked = min(s.acked, len(s.marks))
	s.pos, s.inside, s.taking = m.Position, false, nil
	s.pos.Digest = nil
	close(s.run.stop)
	return s.start(m)
}

// owe hands the part of a chunk that was taken and not hashed yet to the hasher.
func (s *Sender) owe(c *Chunk) {
	if c == nil || s.hash == nil || c.run != s.run || c.stored == c.hashed {
		return
	}
	c.refs.Add(1)
	s.hash.add(task{chunk: c, from: c.hashed, to: c.stored})
	c.hashed = c.stored
}
