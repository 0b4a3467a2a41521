package catalog

import (
	"strconv"
	"time"

	"github.com/postern/postern/sdk"
)

const whyRunning = "a session holds it; halt it first"

func (e Entry) commanded(verb, by string, now time.Time) Entry {
	return e.decided([]Decision{{Time: Instant(now), Point: "operator", Exit: by, Verdict: verb}})
}

// ToKept is row 9: a held entry becomes T/K. Its code stays, so that ToLifted
// makes it what it was. (Row 16, keep while running, is ToInterrupted.)
func ToKept(e Entry, by string, now time.Time) (Entry, error) {
	switch {
	case e.Stage == StageTransfer && e.Step == StepCurrent:
		return e, refuse("keep", e, whyRunning)
	case e.Stage == StageTransfer && e.Step == StepKeep:
		return e, refuse("keep", e, "it is kept already")
	case e.Stage != StageTransfer || e.Step != StepHold:
		return e, refuse("keep", e, "only a held entry can be kept")
	}
	return e.commanded("keep", by, now).moved(StageTransfer, StepKeep, now), nil
}

// ToLifted is row 30: T/K becomes T/H with the same code.
func ToLifted(e Entry, by string, now time.Time) (Entry, error) {
	if e.Stage != StageTransfer || e.Step != StepKeep {
		return e, refuse("release", e, "only a kept entry can be released")
	}
	return e.commanded("release", by, now).moved(StageTransfer, StepHold, now), nil
}

// ToResumed is row 28: an interrupted send becomes available anew. Of an entry
// that waits for its done exits it is row 25: they are asked again, with the
// event that [Event.Again] makes.
func ToResumed(e Entry, by string, now time.Time) (Entry, error) {
	switch {
	case e.Stage == StageAfter && e.Step == StepExit:
		return e.commanded("resume", by, now).moved(StageAfter, StepExit, now), nil
	case e.Stage == StageTransfer && e.Step == StepCurrent:
		return e, refuse("resume", e, whyRunning)
	case e.Status() == Available:
		return e, refuse("resume", e, "it is available already")
	case e.Stage == StageTransfer && e.Step == StepKeep:
		return e, refuse("resume", e, "it is kept; release it first")
	case e.Stage != StageTransfer || e.Step != StepHold:
		return e, refuse("resume", e, "only an interrupted entry can be resumed")
	case e.Direction != Send || e.Role != Server:
		return e, refuse("resume", e, "only the peer can restart what it sends to us")
	}
	e.Code, e.Reason, e.Superseded = "", "", ""
	e.Key, e.Number = RestartKey{}, 0
	e.StartedAt, e.EndedAt = time.Time{}, time.Time{}
	e.Source = Source{}
	e = e.at(Point{})
	e.Ahead = nil
	return e.commanded("resume", by, now).moved(StageTransfer, StepHold, now), nil
}

// JudgeDelete is row 31: everything may go but what a session holds.
func JudgeDelete(e Entry) error {
	if e.Stage == StageTransfer && e.Step == StepCurrent {
		return refuse("delete", e, whyRunning)
	}
	return nil
}

// ToCrashed is row 34: what a crash left running becomes T/H with
// server.crashed. Its Ending stays.
func ToCrashed(e Entry, now time.Time) Entry {
	e.Code, e.Reason = sdk.ServerCrashed, "the server stopped while the transfer was running"
	ending := e.Ending
	e = e.left(StageTransfer, StepHold, now)
	e.Ending = ending // its file may have its name already
	return e
}

// ToSettled is row 21: what becomes of an entry after the exit of event ev
// answered f. remove says that the entry goes; applied is false when the entry
// has changed since the event, and then an entry that waited for the exit only
// goes on. An error says that the follow-up is not legal; the returned entry
// is to be stored all the same.
func ToSettled(e Entry, ev Event, f FollowUp, now time.Time) (out Entry, remove, applied bool, err error) {
	e = e.decided(f.Decisions)
	waits := e.Stage == StageAfter && e.Step == StepExit
	out = e
	if waits {
		out = e.moved(StageDone, StepDone, now).next()
	}
	if e.Version != ev.Version {
		return out, false, false, nil
	}
	switch f.Action {
	case "", Leave:
	case Remove:
		return e, true, true, nil
	case Hold, Drop:
		if out, err = followStep(e, out, f.Action, now); err != nil {
			return out, false, false, err
		}
	default:
		return out, false, false, refuse("follow-up "+string(f.Action), e, "there is no such follow-up")
	}
	if f.Comment != "" {
		out.Comment = f.Comment
		if out.Version == e.Version {
			out = out.moved(out.Stage, out.Step, now)
		}
	}
	return out, false, true, nil
}

func followStep(e, out Entry, a Action, now time.Time) (Entry, error) {
	if e.Stage != StageTransfer {
		return out, refuse("follow-up "+string(a), e, "the transfer has ended well")
	}
	step := StepHold
	if a == Drop {
		step = StepKeep
	}
	if e.Step == step {
		return out, nil
	}
	return e.moved(StageTransfer, step, now), nil
}

// ToAcknowledged is row 26: the peer's word on an ended transfer.
func ToAcknowledged(e Entry, a Ack, now time.Time) (Entry, error) {
	if e.Stage == StageTransfer || e.Stage == StageBefore {
		return e, refuse("acknowledge", e, "the transfer has not ended")
	}
	e.Ack = Acked
	if a.Rejected {
		e.Ack = Rejected
	}
	if a.Text != "" {
		e.Comment = a.Text
	}
	if e.Stage == StageAck {
		return e.moved(StageDone, StepDone, now), nil
	}
	return e.moved(e.Stage, e.Step, now), nil
}

// NewEvent is the event that the commit of an ended or interrupted entry
// queues. Its ID stays the same over all deliveries.
func NewEvent(e Entry) Event {
	result := "done"
	if e.Stage == StageTransfer {
		result = string(Interrupted)
		if e.Step == StepKeep {
			result = string(Kept)
		}
	}
	return Event{ID: e.ID + "." + strconv.FormatInt(e.Version, 10), EntryID: e.ID, Version: e.Version, Result: result,
		Code: e.Code, QueuedAt: e.UpdatedAt, DueAt: e.UpdatedAt}
}

// Again is the event of an entry that an operator has resumed: it is due at
// once, and tried as long as a new one. What it saw of the entry it still sees.
func (v Event) Again(resumed Entry) Event {
	if v.Version == resumed.Version-1 {
		v.Version = resumed.Version
	}
	v.QueuedAt, v.DueAt = resumed.UpdatedAt, resumed.UpdatedAt
	return v
}

// ToReinstated gives the key of a successor that was abandoned back to its twin, or lets it go to whoever has taken it from
// that successor since.
func ToReinstated(e, successor Entry) Entry {
	e.Superseded = successor.Superseded
	e.Version++
	return e
}
