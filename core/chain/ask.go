package chain

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
)

// Ask asks the exits of a point until the first refusal. The error is nil or a [*sdk.Refusal], and nil always where the
// point's row gives a refusal no effect; there the context should outlive the call it reports. The decisions are in
// the result either way. Ask never changes facts and never waits longer for an exit than its deadline.
func (s *Set) Ask(ctx context.Context, p sdk.Point, facts *sdk.Facts, scope Scope) (Result, error) {
	row, ok := p.Row()
	if !ok || p == sdk.PointFilter {
		return Result{Facts: facts}, at(p, sdk.Refuse(sdk.ExitFailed, "nobody can be asked at %q", p))
	}
	a := &asking{set: s, row: row, quiet: scope.Quiet}
	a.Facts = &sdk.Facts{}
	if facts != nil {
		*a.Facts = *facts // what is in it is the caller's: show copies what it changes
	}
	links := s.chain(p, facts, scope)
	a.Decisions, a.alone = slices.Grow(a.Decisions, len(links)), len(links) == 1
	a.began = s.now()
	for _, l := range links {
		r := a.one(ctx, l)
		if r != nil && row.Refuse {
			return a.Result, r
		}
	}
	if row.Allow && !a.Allowed {
		return a.Result, at(p, nobodyAllowed(p, a.Facts).By(sdk.RuleOf("points", string(p))))
	}
	return a.Result, nil
}

// nobodyAllowed is the end of identify and authorize when every exit passed.
func nobodyAllowed(p sdk.Point, f *sdk.Facts) *sdk.Refusal {
	if p == sdk.PointIdentify {
		name := ""
		if f.Claim != nil {
			name = f.Claim.Name
		}
		return sdk.Refuse(sdk.PartnerUnknown, "no exit vouched for %q", name)
	}
	flow := ""
	if f.Flow != nil {
		flow = f.Flow.ID
	}
	return sdk.Refuse(sdk.FlowForbidden, "no exit allowed the flow %q", flow)
}

// asking is one question on its way through the exits of a point.
type asking struct {
	Result
	set    *Set
	row    sdk.PointRow
	quiet  bool
	hidden sdk.Question // the facts and changes of now without secrets; without facts: nobody was shown them yet
	memo   sdk.Memo     // of those
	alone  bool         // the only exit of the point is asked
	began  time.Time    // of the exit at hand: where the one before it ended
}

// one asks one exit and takes its answer.
func (a *asking) one(ctx context.Context, l *link) *sdk.Refusal {
	q, began := a.question(l), a.began
	v, err := a.set.decide(ctx, l, a.row, q)
	a.began = a.set.now()
	d := Decision{Point: a.row.Point, Exit: l.Name, Verdict: v.Kind, Duration: a.began.Sub(began)}
	var r *sdk.Refusal
	if err != nil {
		r = a.failed(&d, l, err)
	} else {
		r = a.take(&d, l, v)
	}
	a.record(l, &d, began, r)
	return r
}

// question is what an exit is asked. One that is prompt reads in the caller's goroutine and changes nothing: it gets the
// facts themselves, and those without secrets are the same for all of them until an answer changes something.
func (a *asking) question(l *link) sdk.Question {
	q := sdk.Question{Point: a.row.Point, Allowed: a.Allowed}
	switch {
	case !l.Prompt:
		q.Facts, q.Earlier = cloneFacts(a.Facts), cloneChanges(&a.Changes)
		if !l.Secrets {
			hideSecrets(&q)
		}
	case l.Secrets:
		q.Facts, q.Earlier = a.Facts, a.Changes
	default:
		if a.hidden.Facts == nil {
			facts := *a.Facts
			a.hidden.Facts, a.hidden.Earlier = &facts, a.Changes
			hideSecrets(&a.hidden)
		}
		q.Facts, q.Earlier = a.hidden.Facts, a.hidden.Earlier
		if !a.alone {
			q.Memo = &a.memo
		}
	}
	return q
}

// failed does what the row or on_error says of an exit that gave no answer.
func (a *asking) failed(d *Decision, l *link, err error) *sdk.Refusal {
	d.Failed, d.Code, d.Detail = true, sdk.ExitFailed, err.Error()
	d.Verdict = sdk.Deny
	if l.OnError == Pass {
		d.Verdict = sdk.Pass
		return nil
	}
	if !a.row.Refuse {
		a.Failed = append(a.Failed, l.Name)
		a.Retry = a.row.Failure == sdk.FailRetry
		d.Verdict = sdk.Pass
		return nil
	}
	return failure(a.row, l.Name, err)
}

// take applies an answer. It returns the refusal that it is, or that its fault makes of it.
func (a *asking) take(d *Decision, l *link, v sdk.Verdict) *sdk.Refusal {
	d.Changed = v.Set.Fields()
	if len(d.Changed) > 0 {
		set := v.Set // it is kept where it is written down: an answer that changes nothing is not
		d.Values = valuesOf(&set, d.Changed)
	}
	d.Rule = v.Rule
	r := a.judge(l, v, d.Changed)
	if r != nil {
		d.Verdict, d.Code, d.Detail, d.Rule = sdk.Deny, r.Code, r.Detail, r.Rule
	}
	return r
}

// maxValues bounds what is kept of the new values of one answer, in bytes of JSON.
const maxValues = 4 << 10

// valuesOf gives the changed fields with their values, or without where they are too long or cannot be written down.
func valuesOf(set *sdk.Changes, names []string) json.RawMessage {
	if b, err := json.Marshal(set); err == nil && len(b) <= maxValues {
		return b
	}
	short := map[string]any{}
	for _, name := range names {
		short[name] = nil
	}
	b, _ := json.Marshal(short) // strings and nothing cannot fail
	return b
}

func (a *asking) judge(l *link, v sdk.Verdict, changed []string) *sdk.Refusal {
	switch v.Kind {
	case sdk.Deny:
		a.quarantine(v.Set.Quarantine)
		return a.refused(l, v.Refusal)
	case sdk.Allow:
		if !a.row.Allow {
			return a.broke(l, "answered with allow, which is no answer at %s", a.row.Point)
		}
	case sdk.Pass:
	default:
		return a.broke(l, "gave the unknown verdict %d", v.Kind)
	}
	if len(changed) > 0 || a.row.Point == sdk.PointIdentify { // there an answer without a partner counts too
		a.hidden.Facts = nil
		if r := a.apply(l, v); r != nil {
			return r
		}
	}
	if v.Kind == sdk.Allow {
		a.Allowed = true
	}
	if v.Set.Quarantine != nil {
		return a.refused(l, sdk.Refuse(sdk.DataRejected, "put into quarantine at %s", *v.Set.Quarantine))
	}
	return nil
}

// quarantine keeps where a refused file goes: the one change that a refusal may bring.
func (a *asking) quarantine(path *string) {
	if path != nil && *path != "" && slices.Contains(a.row.Changes, "quarantine") {
		a.Changes.Quarantine = path
		a.hidden.Facts = nil
	}
}

func (a *asking) record(l *link, d *Decision, began time.Time, r *sdk.Refusal) {
	a.set.ruled(l, d)
	if r != nil && r.Rule == "" {
		r.Rule = d.Rule
	}
	a.Decisions = append(a.Decisions, *d)
	if a.quiet {
		return
	}
	if r == nil && d.Failed {
		r = failure(a.row, d.Exit, nil)
		r.Detail = d.Detail
	}
	a.set.tell(a.Facts, a.row, d, began, r)
}

func (s *Set) tell(f *sdk.Facts, row sdk.PointRow, d *Decision, began time.Time, r *sdk.Refusal) {
	if s.observer == nil {
		return
	}
	o := sdk.Observation{Time: began, What: sdk.Decided, Phase: row.Phase, Point: row.Point, Session: f.Session,
		Transfer: f.Transfer, Exit: d.Exit, Verdict: d.Verdict, Changes: d.Changed, Refusal: r, Duration: d.Duration}
	if c := f.Call; c != nil {
		o.Listener, o.Protocol, o.Peer = c.Listener, c.Protocol, c.Peer
	}
	if f.Partner != nil {
		o.Partner = f.Partner.ID
	}
	if f.Flow != nil {
		o.Flow = f.Flow.ID
	}
	if f.Request != nil {
		o.File, o.Direction = f.Request.File, f.Request.Direction
	}
	if f.Target != nil {
		o.Path = f.Target.Path
	}
	s.observer.Observe(o)
}
