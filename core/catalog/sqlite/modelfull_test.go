package sqlite_test

import (
	"reflect"

	"pgregory.net/rapid"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

// fillUp leaves the database no room but what it has already: what transfers do
// goes on, what works on the database itself may fail, and then changes nothing.
func (p *pair) fillUp(*rapid.T) {
	if p.crowded {
		return
	}
	p.limit(1)
	p.full = true
}

// crowd leaves little room in the journal.
func (p *pair) crowd(rt *rapid.T) {
	if p.full {
		return
	}
	if err := p.db.Crowd(p.ctx, rapid.SampledFrom([]int{0, 100, 3000}).Draw(rt, "left")); err != nil {
		p.Fatalf("crowd: %v", err)
	}
	p.crowded = true
}

// squeeze takes the room in both away from a call that must be durable. It
// happens, or leaves everything as it was.
func (p *pair) squeeze(rt *rapid.T) {
	p.note()
	p.crowd(rt)
	p.limit(1)
	id := p.any(rt).ID
	verb := rapid.SampledFrom([]string{"keep", "lift", "resume", "delete"}).Draw(rt, "verb")
	g, gerr := p.verb(p.db, verb, id)
	p.limit(1 << 30)
	if !sqlite.IsFull(gerr) {
		w, werr := p.verb(p.ref, verb, id)
		p.sameEntry(verb, g, w, gerr, werr)
	}
	if p.full || rapid.Bool().Draw(rt, "room") {
		p.full = true
		p.room()
	}
}

func (p *pair) verb(c catalog.Operator, verb, id string) (catalog.Entry, error) {
	switch verb {
	case "keep":
		return c.Keep(p.ctx, id, "root")
	case "lift":
		return c.Lift(p.ctx, id, "root")
	case "resume":
		return c.Resume(p.ctx, id, "root")
	}
	return c.Delete(p.ctx, id, "root")
}

// look compares one entry with its decisions, as a reader finds it.
func (p *pair) look(rt *rapid.T) {
	p.room()
	e := p.any(rt)
	g, gerr := p.db.Get(p.ctx, e.ID)
	w, werr := p.ref.Get(p.ctx, e.ID)
	p.same("get", e.ID, gerr, werr)
	if g.Begun = w.Begun; !reflect.DeepEqual(g.Decisions, w.Decisions) && len(g.Decisions)+len(w.Decisions) > 0 || g.Version != w.Version {
		p.Fatalf("get %s: the database has\n%+v\nthe model\n%+v", e.ID, g, w)
	}
}

func (p *pair) rename(rt *rapid.T) {
	id, n := p.any(rt).ID, catalog.Naming{File: name(rt), Key: name(rt)}
	g, gerr := p.db.Rename(p.ctx, id, n)
	w, werr := p.ref.Rename(p.ctx, id, n)
	g.Decisions, w.Decisions = nil, nil
	p.sameEntry("rename", g, w, gerr, werr)
}

// count looks at what the writer knows without asking the database.
func (p *pair) count(*rapid.T) {
	if what, err := p.db.Miscounted(p.ctx); what != "" || err != nil {
		p.Fatalf("%s%v", what, err)
	}
}

func (p *pair) conceal(rt *rapid.T) {
	id := p.any(rt).ID
	p.same("conceal", id, p.db.Conceal(p.ctx, id), p.ref.Conceal(p.ctx, id))
}

// shown compares what a partner sees, of one name without the database being brought up to date.
func (p *pair) shown(rt *rapid.T) {
	l := catalog.Look{Partner: partner(rt), Flow: name(rt), Limit: rapid.IntRange(1, 3).Draw(rt, "limit")}
	if rapid.IntRange(0, 3).Draw(rt, "all") > 0 {
		l.Name = name(rt)
	} else {
		p.room()
	}
	g, gerr := p.db.Shown(p.ctx, l)
	w, werr := p.ref.Shown(p.ctx, l)
	p.same("shown", l, gerr, werr)
	p.sameSeq(l, unbegun(g), unbegun(w))
}

// lost says whether a full database has not taken a call.
func (p *pair) lost(err error) bool { return p.full && sqlite.IsFull(err) }

// room gives both room again.
func (p *pair) room() {
	if p.full {
		p.limit(1 << 30)
	}
	if p.crowded {
		if err := p.db.CanCommit(p.ctx); err != nil { // the journal begins again at its front
			p.Fatalf("commit: %v", err)
		}
	}
	p.full, p.crowded = false, false
}

func (p *pair) limit(pages int) {
	if err := p.db.Pages(p.ctx, pages); err != nil {
		p.Fatalf("pages: %v", err)
	}
}

// note makes durable what was answered early: somebody else's call that has no room may take it back.
func (p *pair) note() {
	if err := p.db.Note(p.ctx); err != nil {
		p.Fatalf("note: %v", err)
	}
}

func decisions(rt *rapid.T) []catalog.Decision {
	if !rapid.Bool().Draw(rt, "decided") {
		return nil
	}
	return []catalog.Decision{{Point: "authorize", Exit: "grants", Verdict: "allow"}}
}
