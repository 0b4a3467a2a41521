package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"time"
)

// The functions To... are the transition table: each takes an entry as it is
// stored and returns it as it will be, or says why not. An implementation reads
// the entry, applies one of them and writes the result in one commit, so every
// transition is a compare-and-set. They count Version; Owner.Fence too where
// the entry is taken.

// MaxNumber is the highest transfer number (PeSIT E: PI 13 has 24 bits).
const MaxNumber = 1<<24 - 1

func refuse(verb string, e Entry, why string) error {
	return &TransitionError{ID: e.ID, Verb: verb, Stage: e.Stage, Step: e.Step, Code: e.Code, Why: why}
}

// Instant is a time as entries keep it: UTC, microseconds.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func (e Entry) moved(stage Stage, step Step, now time.Time) Entry {
	e.Stage, e.Step = stage, step
	e.UpdatedAt = Instant(now)
	e.Version++
	return e
}

// taken gives the entry to a session.
func (e Entry) taken(now time.Time, node string) Entry {
	e = e.moved(StageTransfer, StepCurrent, now)
	e.Begun, e.Ending = false, nil
	e.Code, e.Reason, e.EndedAt = "", "", time.Time{}
	e.Attempts++
	e.Owner = Owner{Node: node, Fence: e.Owner.Fence + 1}
	if e.StartedAt.IsZero() {
		e.StartedAt = e.UpdatedAt
	}
	return e
}

// left takes the entry from its session.
func (e Entry) left(stage Stage, step Step, now time.Time) Entry {
	e = e.moved(stage, step, now)
	e.Owner.Node, e.Owner.Until = "", time.Time{}
	e.EndedAt = e.UpdatedAt
	e.Begun, e.Ending = false, nil
	return e
}

// valid checks what no implementation may store.
func (e Entry) valid() error {
	switch {
	case len(e.ID) < 4 || len(e.ID) > 64:
		return fmt.Errorf("%w: an entry's id has 4 to 64 characters, not %d", ErrInvalid, len(e.ID))
	case e.Partner == "":
		return fmt.Errorf("%w: entry %s has no partner", ErrInvalid, e.ID)
	case e.Direction != Receive && e.Direction != Send:
		return fmt.Errorf("%w: entry %s: direction %q", ErrInvalid, e.ID, e.Direction)
	case e.Kind != File && e.Kind != Message:
		return fmt.Errorf("%w: entry %s: kind %q", ErrInvalid, e.ID, e.Kind)
	case e.Key.Number < 0 || e.Key.Number > MaxNumber:
		return fmt.Errorf("%w: entry %s: transfer number %d", ErrInvalid, e.ID, e.Key.Number)
	}
	return nil
}

// fresh clears what only the catalog sets.
func (e Entry) fresh(now time.Time) Entry {
	e.Kind, e.Role = cmp.Or(e.Kind, File), cmp.Or(e.Role, Server)
	e.CreatedAt = Instant(now)
	e.StartedAt, e.EndedAt = time.Time{}, time.Time{}
	e.Code, e.Reason, e.Superseded, e.Comment = "", "", "", ""
	e.Number, e.Attempts, e.Version, e.Owner = 0, 0, 0, Owner{}
	// What the backend says of its temporary file tells a committed file from a lost one after a crash.
	e.Point, e.Ahead, e.Bytes, e.Records = Point{Backend: e.Point.Backend}, nil, 0, 0
	e.SHA256, e.WireSHA256, e.Ack, e.AckExpected, e.Begun = "", "", NoAck, false, false
	e.Ending = nil
	e.Source.ModTime = Instant(e.Source.ModTime)
	e.Key.Direction, e.Key.Partner = e.Direction, e.Partner
	first := e.Decisions
	e.Decisions, e.Decided = nil, 0
	return e.decided(first)
}

// ToCreated is rows 1 and 3: no entry becomes T/C. number was assigned by the
// catalog.
func ToCreated(e Entry, number int64, now time.Time, node string) (Entry, error) {
	e = e.fresh(now)
	if err := e.valid(); err != nil {
		return e, err
	}
	e.Number = number
	if e.Direction == Send {
		e.Key.Number = number
	}
	return e.taken(now, node), nil
}

// ToOffered is row 5: no entry becomes T/H without a code.
func ToOffered(e Entry, now time.Time) (Entry, error) {
	e = e.fresh(now)
	e.Direction, e.Key = Send, RestartKey{}
	e.Point = Point{} // the writer of the copy has ended
	if err := e.valid(); err != nil {
		return e, err
	}
	return e.moved(StageTransfer, StepHold, now), nil
}

func (e Entry) granted(g Grant) Entry {
	e.Protocol = cmp.Or(g.Protocol, e.Protocol)
	e.Session = cmp.Or(g.Session, e.Session)
	e.Peer = cmp.Or(g.Peer, e.Peer)
	e.PeerID = cmp.Or(g.PeerID, e.PeerID)
	e.Listener = cmp.Or(g.Listener, e.Listener)
	if g.Source != (Source{}) {
		e.Source = g.Source
		e.Source.ModTime = Instant(g.Source.ModTime)
	}
	if g.Terms != nil {
		e.Terms = g.Terms
	}
	if g.Labels != nil {
		e.Labels = maps.Clone(e.Labels)
		if e.Labels == nil {
			e.Labels = map[string]string{}
		}
		maps.Copy(e.Labels, g.Labels)
	}
	if g.Priority != nil {
		e.Priority = *g.Priority
	}
	return e.decided(g.Decisions)
}

// ToReleased is row 6: an available entry becomes T/C. seen is the version that
// the caller saw.
func ToReleased(e Entry, seen int64, g Grant, number int64, now time.Time, node string) (Entry, error) {
	if e.Version != seen || e.Status() != Available || e.Direction != Send {
		return e, fmt.Errorf("release %s: %w", e.ID, ErrStale)
	}
	e.Key = g.Key
	e.Key.Direction, e.Key.Partner, e.Key.Number = Send, e.Partner, number
	e.Number = number
	return e.granted(g).taken(now, node), nil
}

// ToRestarted is row 19: an interrupted entry becomes T/C again.
func ToRestarted(e Entry, seen int64, g Grant, now time.Time, node string) (Entry, error) {
	if e.Version != seen || !e.Restartable() {
		return e, fmt.Errorf("restart %s: %w", e.ID, ErrStale)
	}
	e = e.at(e.Point) // what was refused after it comes again
	if g.Point != nil {
		if err := g.Point.valid(); err != nil {
			return e, fmt.Errorf("restart %s: %w", e.ID, err)
		}
		e = e.at(*g.Point)
		e.Ahead = nil
	}
	return e.granted(g).taken(now, node), nil
}

// JudgeRestart says whether the newest entry of a restart key can be restarted
// (row 19) or why not (row 37 and the answers to an unknown or ended one).
func JudgeRestart(e Entry) error {
	switch {
	case e.Stage != StageTransfer:
		return fmt.Errorf("restart %s: %w", e.ID, ErrDuplicate)
	case e.Step == StepCurrent:
		return fmt.Errorf("restart %s: %w", e.ID, ErrBusy)
	case !e.Restartable():
		return fmt.Errorf("restart %s: %w", e.ID, ErrRestartUnknown)
	}
	return nil
}

// Holds says whether the entry still holds its restart key and its number, so
// that nobody else of the partner may bear the number.
func (e Entry) Holds() bool { return e.Stage != StageDone && e.Superseded == "" && e.Number != 0 }

// ToSuperseded takes the key from an unfinished twin. Its Version counts.
func ToSuperseded(e Entry, by string, now time.Time) Entry {
	e.Superseded = by
	e.Version++
	return e
}
