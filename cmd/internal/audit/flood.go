package audit

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The bounds of refusals within a minute.
const (
	maxEqual  = 10   // lines of equal ones; more are one line with their count
	maxKinds  = 1000 // that are told apart; those beyond are told apart by phase, code and listener alone
	operators = "operator"
)

// flood counts what comes too often to be a line each. Equal are those of the same phase, point, code, exit, partner,
// listener and address.
type flood struct {
	began time.Time
	kinds map[kind]*tally
}

type kind struct {
	phase, point, code, exit, partner, listener, actor, command string
	address                                                     netip.Addr
}

// tally counts what was not written. last is the newest of it.
type tally struct {
	seen, more int64
	since      time.Time
	last       Record
}

// admits reports whether a record gets a line of its own; if not it is counted.
func (f *flood) admits(r Record, k kind) bool {
	if f.kinds == nil {
		f.kinds, f.began = map[kind]*tally{}, r.Time
	}
	t := f.kinds[k]
	crowded := t == nil && len(f.kinds) >= maxKinds
	if crowded {
		k = kind{phase: k.phase, code: k.code, listener: k.listener, actor: k.actor}
		t = f.kinds[k]
		r.Partner, r.Peer, r.Exit, r.Point, r.Session, r.File, r.Flow, r.Command = "", "", "", "", "", "", "", ""
		r.Reason, r.Path, r.Transfer = "of many partners, addresses or exits", "", ""
	}
	if t == nil {
		t = &tally{}
		f.kinds[k] = t
	}
	if t.seen++; t.seen <= maxEqual && !crowded {
		return true
	}
	if t.more == 0 {
		t.since = r.Time
	}
	t.more, t.last = t.more+1, r
	return false
}

// end tells what was counted, once the minute is over.
func (f *flood) end(now time.Time, all bool, tell func(Record)) {
	if f.kinds == nil || !all && now.Sub(f.began) < window {
		return
	}
	var sums []Record
	for _, t := range f.kinds {
		if t.more > 0 {
			t.last.Count, t.last.Since = t.more, t.since
			sums = append(sums, t.last)
		}
	}
	slices.SortFunc(sums, func(a, b Record) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Code, b.Code), strings.Compare(a.Partner, b.Partner))
	})
	f.kinds = nil
	for _, r := range sums {
		tell(r)
	}
}
