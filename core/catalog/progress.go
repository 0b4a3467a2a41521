package catalog

import (
	"cmp"
	"fmt"
	"time"
)

// held checks that a lease is the entry's.
func (e Entry) held(verb string, l Lease) error {
	if e.Owner.Fence != l.Fence || e.Stage != StageTransfer || e.Step != StepCurrent {
		return fmt.Errorf("%s %s: %w", verb, e.ID, ErrStale)
	}
	return nil
}

func (e Entry) heldAndBegun(verb string, l Lease) error {
	if err := e.held(verb, l); err != nil {
		return err
	}
	if !e.Begun {
		return refuse(verb, e, "the data was not begun; it can be abandoned")
	}
	return nil
}

// ToBegun marks that data may flow.
func ToBegun(e Entry, l Lease) (Entry, error) {
	if err := e.held("begin", l); err != nil {
		return e, err
	}
	e.Begun = true
	return e, nil
}

// JudgeAbandon says whether a grant may still be undone.
func JudgeAbandon(e Entry, l Lease) error {
	if err := e.held("abandon", l); err != nil {
		return err
	}
	if e.Begun {
		return refuse("abandon", e, "the data was begun; it can be interrupted")
	}
	return nil
}

// ToCheckpoint is row 11: the entry stays T/C with another last point.
func ToCheckpoint(e Entry, c Checkpoint, now time.Time) (Entry, error) {
	if err := e.heldAndBegun("checkpoint", c.Lease); err != nil {
		return e, err
	}
	if len(c.Ahead) > MaxAhead {
		return e, fmt.Errorf("%w: checkpoint %s: %d points ahead, at most %d", ErrInvalid, e.ID, len(c.Ahead), MaxAhead)
	}
	for _, p := range append(c.Ahead[:len(c.Ahead):len(c.Ahead)], c.Point) {
		if err := p.valid(); err != nil {
			return e, fmt.Errorf("checkpoint %s: %w", e.ID, err)
		}
	}
	e = e.at(c.Point)
	e.Ahead = c.Ahead
	e.UpdatedAt = Instant(now)
	return e, nil
}

func (e Entry) at(p Point) Entry {
	e.Point, e.Bytes, e.Records = p, p.FileOffset, p.Records
	return e
}

func (p Point) valid() error {
	if len(p.Protocol) > MaxProtocolState {
		return fmt.Errorf("%w: point %d has %d bytes of protocol state, at most %d", ErrInvalid, p.Number, len(p.Protocol), MaxProtocolState)
	}
	if len(p.Filter) > MaxFilterState {
		return fmt.Errorf("%w: point %d has %d bytes of filter state, at most %d", ErrInvalid, p.Number, len(p.Filter), MaxFilterState)
	}
	if p.Number < 0 || p.WireOffset < 0 || p.FileOffset < 0 || p.Records < 0 {
		return fmt.Errorf("%w: point %d has a negative number", ErrInvalid, p.Number)
	}
	return nil
}

// ToEnding notes how a transfer is about to end: the entry stays T/C.
func ToEnding(e Entry, l Lease, o Outcome) (Entry, error) {
	if err := e.heldAndBegun("end", l); err != nil {
		return e, err
	}
	e.Ending = &o
	return e, nil
}

// ToEnded is row 10: T/C becomes X/X, or waits in Y/E or Z/H first (row 20).
func ToEnded(e Entry, l Lease, o Outcome, now time.Time) (Entry, error) {
	if err := e.heldAndBegun("end", l); err != nil {
		return e, err
	}
	e.Bytes, e.Records, e.SHA256, e.WireSHA256 = o.Bytes, o.Records, o.SHA256, o.WireSHA256
	e.Path = cmp.Or(o.Path, e.Path)
	if o.Stored.ETag != "" {
		e.Source = o.Stored
	}
	e.Reason, e.Ahead = o.Reason, nil
	if e.Point.Number == 0 {
		e.Point = Point{} // the part of which it told is the file now: nothing is left to be stored apart from the entry
	}
	e.AckExpected = o.AckExpected
	e = e.decided(o.Decisions)
	if o.Notify {
		return e.left(StageAfter, StepExit, now), nil
	}
	e = e.left(StageDone, StepDone, now)
	return e.next(), nil
}

// next is where an ended entry goes when no exit is awaited any more.
func (e Entry) next() Entry {
	e.Stage, e.Step = StageDone, StepDone
	if e.AckExpected && e.Ack == NoAck {
		e.Stage, e.Step = StageAck, StepHold
	}
	return e
}

// ToInterrupted is rows 12 to 18 and 33: T/C becomes T/H or T/K with a code.
func ToInterrupted(e Entry, l Lease, i Interruption, now time.Time) (Entry, error) {
	if err := e.heldAndBegun("interrupt", l); err != nil {
		return e, err
	}
	if i.Code == "" {
		return e, fmt.Errorf("%w: interrupt %s without a code", ErrInvalid, e.ID)
	}
	if i.Point != nil {
		if err := i.Point.valid(); err != nil {
			return e, fmt.Errorf("interrupt %s: %w", e.ID, err)
		}
		e = e.at(*i.Point)
	}
	if i.Bytes < 0 || i.Records < 0 {
		return e, fmt.Errorf("%w: interrupt %s: less than nothing arrived", ErrInvalid, e.ID)
	}
	if i.Bytes > 0 {
		e.Bytes, e.Records = i.Bytes, i.Records
	}
	e.Code, e.Reason = i.Code, i.Reason
	step := StepHold
	if i.Keep {
		step = StepKeep
	}
	return e.decided(i.Decisions).left(StageTransfer, step, now), nil
}
