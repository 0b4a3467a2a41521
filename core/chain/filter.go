package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/postern/postern/sdk"
)

// ErrNotRestored says that a filter did not take the state that an earlier one of it has given.
var ErrNotRestored = errors.New("the filter cannot go on from its state at the sync point")

// Filters passes the bytes of one transfer through its filters. It belongs to one goroutine. Once a call has returned
// an error every further one returns it too, and the memory that Room lent is not to be touched any more.
//
// Bytes go in where Room says, and come out of Next in pieces; between Put and the next Room, Next is called until it
// gives nothing:
//
//	n := copy(f.Room(), b)
//	f.Put(n)
//	for out, ok, err := f.Next(); ok; out, ok, err = f.Next() {
//		write(out)
//	}
type Filters struct {
	set    *Set
	ctx    context.Context // of the transfer
	facts  *sdk.Facts
	print  *fingerprint // nil: no restart in the middle
	stages []*stage
	first  int  // stages before it get nothing more
	flush  bool // blocks need not be full
	finish bool // what was put is all there is
	ended  bool
	failed *sdk.Refusal
	closed bool
}

// Filters opens the filters of a transfer: in the order of their lists for a file received, in the reverse order for a
// file sent, so that the one nearest to the stored file stays the nearest. It returns nil without an error when there
// is none. The error is nil or a [*sdk.Refusal]; everything is closed again then. facts.Filter must be set; each filter
// is shown its own offsets. from is what Snapshot gave, and Resumable approved, or nil for byte 0. The context is that
// of the whole transfer.
func (s *Set) Filters(ctx context.Context, facts *sdk.Facts, scope Scope, from []byte) (*Filters, error) {
	links := s.chain(sdk.PointFilter, facts, scope)
	if len(links) == 0 {
		return nil, nil
	}
	f := &Filters{set: s, ctx: ctx, facts: cloneFacts(facts), print: printOf(links)}
	if facts.Filter != nil && facts.Filter.Direction == sdk.Send {
		slices.Reverse(links)
	}
	state, ok := decodeState(from)
	if !ok || len(state.stages) > 0 && len(state.stages) != len(links) {
		return nil, at(sdk.PointFilter, sdk.Refuse(sdk.ExitFailed, "the state of the filters is damaged"))
	}
	for i, l := range links {
		st := newStage(s, l)
		f.stages = append(f.stages, st)
		if err := f.open(st, state.of(i)); err != nil {
			r := f.fail(st, err)
			f.Close()
			return nil, r
		}
	}
	if state.ended {
		f.ended, f.first = true, len(f.stages)
	}
	for i := range f.stages[1:] {
		f.stages[i].next = f.stages[i+1]
	}
	return f, nil
}

// open opens one filter where an earlier attempt left it.
func (f *Filters) open(st *stage, from stageState) error {
	q := sdk.Question{Point: sdk.PointFilter, Facts: cloneFacts(f.facts)}
	if at := q.Facts.Filter; at != nil {
		at.WireOffset, at.FileOffset = from.taken, from.given
		if at.Direction == sdk.Send {
			at.WireOffset, at.FileOffset = from.given, from.taken
		}
	}
	if !st.link.Secrets {
		hideSecrets(&q)
	}
	if err := st.open(f.ctx, q); err != nil {
		return err
	}
	st.taken, st.given = from.taken, from.given
	if !from.has {
		return nil
	}
	if err := st.restore(f.ctx, from.state); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRestored, err)
	}
	return nil
}

// Ended reports whether a filter wants nothing more of this file. What is still to come out comes from Next.
func (f *Filters) Ended() bool { return f.ended }

// Decisions tells what each filter came to, with the number of blocks it saw.
func (f *Filters) Decisions() []Decision {
	out := make([]Decision, len(f.stages))
	for i, st := range f.stages {
		out[i] = st.decision
		f.set.ruled(st.link, &out[i])
	}
	return out
}

// Close closes the filters and waits for each no longer than its deadline. It is called once, whatever happened; a
// filter that fails in it is reported as a [*sdk.Refusal], for what it held back is lost.
func (f *Filters) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	for _, st := range f.stages {
		if err := st.close(); err != nil && f.failed == nil {
			f.fail(st, err)
		}
	}
	for _, st := range f.stages {
		row, _ := sdk.PointFilter.Row()
		f.set.tell(f.facts, row, &st.decision, st.began, st.refusal)
	}
	if f.failed != nil {
		return f.failed
	}
	return nil
}

// fail makes a refusal of a filter's error: what the filter says where it carries a refusal, exit.failed otherwise.
func (f *Filters) fail(st *stage, err error) *sdk.Refusal {
	row, _ := sdk.PointFilter.Row()
	given, refused := sdk.AsRefusal(err)
	r := failure(row, st.link.Name, err)
	if refused {
		r = exitRefusal(sdk.PointFilter, st.link.Name, given)
	}
	d := &st.decision
	d.Verdict, d.Code, d.Failed, d.Detail = sdk.Deny, r.Code, !refused, err.Error()
	st.refusal, f.failed = r, r
	return r
}
