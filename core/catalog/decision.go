package catalog

import (
	"context"
	"encoding/json"
	"time"
)

// MaxDecisions is how many decisions of an entry are kept: the oldest. More are only counted.
const MaxDecisions = 1000

// Decision is what one exit (or an operator) decided about a transfer.
type Decision struct {
	Time    time.Time `json:"time"`
	Point   string    `json:"point"`
	Exit    string    `json:"exit"`
	Verdict string    `json:"verdict"`
	Code    Code      `json:"code,omitempty"`
	// Detail is the private sentence of a refusal or a failure.
	Detail string `json:"detail,omitempty"`
	// Changes is an object of the fields that it changed, with their new values; what is secret is left out.
	Changes  json.RawMessage `json:"changes,omitempty"`
	Duration time.Duration   `json:"duration,omitempty"` // nanoseconds; a filter's of all its blocks
	Failed   bool            `json:"failed,omitempty"`   // there was no answer
	Blocks   int64           `json:"blocks,omitempty"`   // that a filter was given
}

// Explainer tells why an entry is as it is.
type Explainer interface {
	// Decisions returns what exits and operators have decided about an entry, oldest first, and how many more there
	// were than the MaxDecisions that are kept. The id is that of Get, with the same errors.
	Decisions(ctx context.Context, id string) (kept []Decision, more int64, err error)
}

// decided adds decisions. What is in Entry.Decisions is still to be stored.
func (e Entry) decided(d []Decision) Entry {
	if len(d) == 0 {
		return e
	}
	e.Decisions = append(e.Decisions[:len(e.Decisions):len(e.Decisions)], d...)
	for i := range e.Decisions {
		e.Decisions[i].Time = Instant(e.Decisions[i].Time)
	}
	e.Decided += int64(len(d))
	return e
}

// NewDecisions returns which of the decisions that a transition has added are kept, and the number of the first of them.
func (e Entry) NewDecisions() (kept []Decision, first int64) {
	first = e.Decided - int64(len(e.Decisions))
	room := max(MaxDecisions-first, 0)
	return e.Decisions[:min(int64(len(e.Decisions)), room)], first
}
