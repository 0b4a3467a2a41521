package chain

import (
	"context"
	"slices"

	"github.com/postern/postern/sdk"
)

// Filters passes the blocks of one transfer through its filters. It belongs to one goroutine. Once a call has
// returned an error every further one returns it too.
type Filters struct {
	set    *Set
	facts  *sdk.Facts
	stages []*stage
	head   []byte // what the first filter may write into, so that a late one never holds the caller's memory
	failed *sdk.Refusal
	closed bool
}

// Filters opens the filters of a transfer: in the order of their lists for a file received, in the reverse order for a
// file sent, so that the one nearest to the stored file stays the nearest. It returns nil without an error when there
// is none. The error is nil or a [*sdk.Refusal]; everything is closed again then. facts.Filter must be set.
func (s *Set) Filters(ctx context.Context, facts *sdk.Facts, scope Scope) (*Filters, error) {
	links := s.chain(sdk.PointFilter, facts, scope)
	if len(links) == 0 {
		return nil, nil
	}
	if facts.Filter != nil && facts.Filter.Direction == sdk.Send {
		slices.Reverse(links)
	}
	f := &Filters{set: s, facts: cloneFacts(facts)}
	for _, l := range links {
		st := newStage(s, l)
		f.stages = append(f.stages, st)
		q := sdk.Question{Point: sdk.PointFilter, Facts: cloneFacts(facts)}
		if !l.Secrets {
			hideSecrets(&q)
		}
		if err := st.open(ctx, q); err != nil {
			r := f.fail(st, err)
			f.Close()
			return nil, r
		}
	}
	return f, nil
}

// Block passes one block through. What it returns is valid until the next call and never shares memory with in, which
// is the caller's again. last marks the final, possibly empty, block; end says that nothing more of this file is
// wanted. The error is nil or a [*sdk.Refusal].
func (f *Filters) Block(ctx context.Context, in []byte, last bool) (out []byte, end bool, err error) {
	if f.failed != nil {
		return nil, false, f.failed
	}
	f.head = append(f.head[:0], in...)
	b := block{bytes: f.head, last: last}
	for _, st := range f.stages {
		if len(b.bytes) == 0 && !b.last {
			return nil, false, nil // swallowed
		}
		got, err := st.block(ctx, b)
		if err != nil {
			return nil, false, f.fail(st, err)
		}
		b.bytes = got.bytes
		if got.end {
			b.last, end = true, true
		}
	}
	return b.bytes, end, nil
}

// Decisions tells what each filter came to, with the number of blocks it saw.
func (f *Filters) Decisions() []Decision {
	out := make([]Decision, len(f.stages))
	for i, st := range f.stages {
		out[i] = st.decision
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
		f.set.tell(f.facts, row, st.decision, st.began, st.refusal)
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
