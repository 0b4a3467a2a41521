package chain

import (
	"maps"
	"slices"

	"github.com/postern/postern/sdk"
)

// apply checks every change of an answer and then makes all of them, or none.
func (a *asking) apply(l *link, v sdk.Verdict) *sdk.Refusal {
	set := cloneChanges(&v.Set)
	for _, name := range set.Fields() {
		if !slices.Contains(a.row.Changes, name) {
			return a.broke(l, "changed %s, which may not be changed at %s", name, a.row.Point)
		}
	}
	for _, check := range []func(*link, *sdk.Changes) *sdk.Refusal{a.checkTerms, a.checkRestart, a.checkValues} {
		if r := check(l, &set); r != nil {
			return r
		}
	}
	if a.row.Point == sdk.PointIdentify {
		p, r := a.partner(l, set.Partner, v.Kind == sdk.Allow)
		if r != nil {
			return r
		}
		set.Partner = p
	}
	a.merge(&set)
	a.show(&set)
	return nil
}

// checkTerms lets terms only get narrower.
func (a *asking) checkTerms(l *link, set *sdk.Changes) *sdk.Refusal {
	for i, t := range set.Terms {
		if _, twice := set.Terms[:i].Get(t.Name); twice {
			return a.broke(l, "gave the term %s twice", t.Name)
		}
		if t.Kind == sdk.TermNumber && t.Number < 0 {
			return a.broke(l, "gave the term %s a negative number", t.Name)
		}
	}
	if name, ok := set.Terms.NoWider(a.Facts.Terms); !ok {
		return a.broke(l, "made the term %s wider, or it is not among the terms", name)
	}
	return nil
}

// checkRestart keeps a restarted transfer where it was.
func (a *asking) checkRestart(l *link, set *sdk.Changes) *sdk.Refusal {
	f := a.Facts
	if a.row.Point != sdk.PointResolve || f.Request == nil || !f.Request.Restart {
		return nil
	}
	if set.PathVars != nil {
		return a.broke(l, "changed path_vars of a transfer that is restarted")
	}
	if set.Flow != nil && (f.Flow == nil || f.Flow.ID != *set.Flow) {
		return a.broke(l, "changed the flow of a transfer that is restarted")
	}
	return nil
}

// checkValues refuses values that have no meaning.
func (a *asking) checkValues(l *link, set *sdk.Changes) *sdk.Refusal {
	if p := set.Priority; p != nil && (*p < 0 || *p > 2) {
		return a.broke(l, "set the priority %d, which is none of 0, 1, 2", *p)
	}
	if x := set.OnExists; x != nil && *x != sdk.ExistsFail && *x != sdk.ExistsReplace && *x != sdk.ExistsUnique {
		return a.broke(l, "set the unknown on_exists rule %q", string(*x))
	}
	if u := set.FollowUp; u != nil && !slices.Contains([]string{"leave", "hold", "drop", "delete"}, *u) {
		return a.broke(l, "set the unknown follow-up %q", *u)
	}
	for name, s := range map[string]*string{"flow": set.Flow, "path": set.Path, "quarantine": set.Quarantine} {
		if s != nil && *s == "" {
			return a.broke(l, "set an empty %s", name)
		}
	}
	return nil
}

// merge puts the changes over those of earlier exits: maps by key, everything else whole.
func (a *asking) merge(set *sdk.Changes) {
	c := &a.Changes
	over(&c.Partner, set.Partner)
	for _, t := range set.Terms {
		c.Terms = c.Terms.With(t)
	}
	over(&c.Flow, set.Flow)
	c.PathVars = overMap(c.PathVars, set.PathVars)
	c.Labels = overMap(c.Labels, set.Labels)
	over(&c.Priority, set.Priority)
	over(&c.Path, set.Path)
	over(&c.Backend, set.Backend)
	c.Attributes = overMap(c.Attributes, set.Attributes)
	over(&c.OnExists, set.OnExists)
	c.ForceStart = c.ForceStart || set.ForceStart
	over(&c.Quarantine, set.Quarantine)
	over(&c.Reply, set.Reply)
	over(&c.Keep, set.Keep)
	over(&c.FollowUp, set.FollowUp)
	over(&c.Comment, set.Comment)
}

func over[T any](old **T, new *T) {
	if new != nil {
		*old = new
	}
}

func overMap(old, new map[string]string) map[string]string {
	if new == nil {
		return old
	}
	out := maps.Clone(old)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, new)
	return out
}

// show puts the changes into the facts, so that later exits and the caller see them. What changes is copied: the caller's
// facts stay as they are.
func (a *asking) show(set *sdk.Changes) {
	f := a.Facts
	if set.Partner != nil {
		f.Partner = set.Partner
	}
	for _, t := range set.Terms {
		f.Terms = f.Terms.With(t)
	}
	if set.Flow != nil && (f.Flow == nil || f.Flow.ID != *set.Flow) {
		f.Flow = &sdk.Flow{ID: *set.Flow}
	}
	if set.Priority != nil && f.Request != nil {
		f.Request = ptr(f.Request)
		f.Request.Priority = *set.Priority
	}
	if f.Target == nil || set.Path == nil && set.Backend == nil && set.OnExists == nil && set.Attributes == nil {
		return
	}
	f.Target = ptr(f.Target)
	t := f.Target
	if set.Path != nil {
		t.Path = *set.Path
	}
	if set.Backend != nil {
		t.Backend = *set.Backend
	}
	if set.OnExists != nil {
		t.OnExists = *set.OnExists
	}
	t.Attributes = overMap(t.Attributes, set.Attributes)
}
