package catalog

import (
	"context"

	"github.com/postern/postern/sdk"
)

// MaxDecisions is how many decisions of an entry are kept: the oldest. More are only counted.
const MaxDecisions = 1000

// Decision is what one exit, an operator or the server decided about a transfer.
type Decision = sdk.Decision

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
