package wire

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// EachFact calls yield with every single value that the request message of a question holds, until yield returns false:
// its key, which is the dotted path of field names ("request.file", "partner.labels.tier", "terms.sync_window",
// "partner.hours.0.from"), and its value as text. Flags are true or false, numbers decimal, times and durations decimal
// nanoseconds, lists and sets of words joined by commas. A value of a message that is there but was not set is empty, 0 or false.
// What the exits before have changed stands under "earlier", and "allowed" where the point has it.
func EachFact(q *sdk.Question, show Shown, yield func(key, value string) bool) {
	l, ok := layoutOf(q.Point)
	if !ok || q.Facts == nil {
		return
	}
	w := walker{yield: yield}
	if !walkFacts(w, q.Facts, l.facts, show) {
		return
	}
	if l.allowed && !w.leaf("allowed", yes(q.Allowed)) {
		return
	}
	if l.changes != 0 {
		walkChanges(w.under("earlier"), &q.Earlier, l.changes, show)
	}
}

// Fact gives one value of [EachFact] by its key.
func Fact(q *sdk.Question, show Shown, key string) (value string, ok bool) {
	EachFact(q, show, func(k, v string) bool {
		if k == key {
			value, ok = v, true
		}
		return !ok
	})
	return value, ok
}

// walker names the values below one prefix.
type walker struct {
	prefix string
	yield  func(key, value string) bool
}

func (w walker) leaf(key, value string) bool { return w.yield(w.prefix+key, value) }
func (w walker) under(key string) walker     { return walker{w.prefix + key + ".", w.yield} }

func (w walker) pairs(key string, m map[string]string) bool {
	w = w.under(key)
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !w.leaf(k, m[k]) {
			return false
		}
	}
	return true
}

func (w walker) terms(key string, terms sdk.Terms) bool {
	w = w.under(key)
	for _, t := range terms {
		v := strings.Join(t.Words, ",")
		switch t.Kind {
		case sdk.TermNumber:
			v = decimal(t.Number)
		case sdk.TermFlag:
			v = yes(t.Flag)
		}
		if !w.leaf(t.Name, v) {
			return false
		}
	}
	return true
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
func yes(b bool) string      { return strconv.FormatBool(b) }

func text[T ~string](s T) string    { return string(s) }
func dayName(d time.Weekday) string { return dayNames[d%7] }
func nanoseconds(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return decimal(t.UnixNano())
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func zone(z *time.Location) string {
	if z == nil {
		return ""
	}
	return z.String()
}

func joined[T any](list []T, text func(T) string) string {
	var b strings.Builder
	for i, x := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(text(x))
	}
	return b.String()
}
