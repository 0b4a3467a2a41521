package chain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

// Fault is one thing that is wrong with a configuration.
type Fault struct {
	Where string // dotted, as the keys stand in the configuration: "listeners.pesit.points.verify"
	What  string
}

// Error gives place and fault.
func (f Fault) Error() string { return f.Where + ": " + f.What }

// Faults is everything that is wrong.
type Faults []Fault

// Error gives one fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

type scopeKind uint8

const (
	scopeServer scopeKind = iota
	scopeListener
	scopePartner
	scopeFlow
)

// unknownYet lists the points at which the owner of a list is not known yet, or not any more.
var unknownYet = map[scopeKind][]sdk.Point{
	scopePartner: {sdk.PointAccept, sdk.PointIdentify},
	scopeFlow:    {sdk.PointAccept, sdk.PointIdentify, sdk.PointNegotiate, sdk.PointResolve, sdk.PointClose},
}

type builder struct {
	set    *Set
	faults Faults
}

func (b *builder) fault(where, format string, args ...any) {
	b.faults = append(b.faults, Fault{Where: where, What: fmt.Sprintf(format, args...)})
}

func (b *builder) known(partners []sdk.Partner) {
	r := roster{byID: map[string]*sdk.Partner{}, byName: map[string]*sdk.Partner{}}
	for i := range partners {
		p := clonePartner(&partners[i])
		where := "partners." + p.ID
		if p.ID == "" {
			b.fault("partners", "a partner has no ID")
		}
		if r.byID[p.ID] != nil {
			b.fault(where, "is there twice")
		}
		if p.Name == "" && !p.Template {
			b.fault(where, "has no name to call with")
		}
		if other := r.byName[p.Name]; other != nil && p.Name != "" {
			b.fault(where, "calls with the name %q like %s", p.Name, other.ID)
		}
		r.byID[p.ID] = p
		if p.Name != "" {
			r.byName[p.Name] = p
		}
	}
	b.set.roster = r
}

func (b *builder) exits(exits []Link) {
	for _, e := range exits {
		where := "exits." + e.Name
		if e.Name == "" {
			b.fault("exits", "an exit has no name")
		}
		if b.set.links[e.Name] != nil {
			b.fault(where, "is there twice")
		}
		if e.Exit == nil && e.Filter == nil {
			b.fault(where, "there is nothing behind the name")
		}
		if e.Deadline < 0 {
			b.fault(where+".deadline", "is negative")
		}
		if e.OnError > Pass {
			b.fault(where+".on_error", "is neither refuse nor pass")
		}
		l := &link{Link: e, partners: map[string]bool{}, rule: sdk.RuleOf("exits", e.Name)}
		l.place = b.set.Place(l.rule)
		for _, id := range e.Partners {
			if p := b.set.roster.byID[id]; p == nil {
				b.fault(where+".grants.partners", "no partner is called %q", id)
			} else if p.Template {
				b.fault(where+".grants.partners", "%q is a template and never calls", id)
			}
			l.partners[id] = true
		}
		b.set.links[e.Name] = l
	}
}

func (b *builder) scoped(all map[string]Lists, key string, kind scopeKind) map[string]map[sdk.Point][]*link {
	out := map[string]map[sdk.Point][]*link{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if kind == scopePartner && b.set.roster.byID[name] == nil {
			b.fault(key+"."+name, "no partner is called %q", name)
		}
		out[name] = b.lists(all[name], key+"."+name+".points", kind)
	}
	return out
}

func (b *builder) lists(lists Lists, where string, kind scopeKind) map[sdk.Point][]*link {
	out := map[sdk.Point][]*link{}
	for _, p := range slices.Sorted(maps.Keys(lists)) {
		at := where + "." + string(p)
		row, ok := p.Row()
		if !ok {
			b.fault(at, "there is no exit point %q", p)
			continue
		}
		if slices.Contains(unknownYet[kind], p) {
			b.fault(at, "whose list this is, is not known at this point")
		}
		out[p] = b.list(row, lists[p], at, kind)
	}
	return out
}

func (b *builder) list(row sdk.PointRow, names []string, at string, kind scopeKind) []*link {
	var out []*link
	for _, name := range names {
		l := b.set.links[name]
		switch {
		case l == nil:
			b.fault(at, "there is no exit %q", name)
			continue
		case slices.Contains(out, l):
			b.fault(at, "the exit %q is there twice", name)
		case kind != scopeServer && slices.Contains(b.set.server[row.Point], l):
			b.fault(at, "the exit %q is in the server's list already, which is asked too", name)
		case row.Point == sdk.PointFilter && l.Filter == nil:
			b.fault(at, "the exit %q does not filter", name)
		case row.Point != sdk.PointFilter && l.Exit == nil:
			b.fault(at, "the exit %q only filters", name)
		}
		if l.OnError == Pass && !row.PassFail {
			b.fault(at, "the exit %q has on_error: pass, which would let everything through here", name)
		}
		out = append(out, l)
	}
	return out
}
