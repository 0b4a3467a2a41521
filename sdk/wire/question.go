package wire

import (
	"github.com/postern/postern/sdk"
)

// Shown says what of a question crosses beside the facts of its point.
type Shown struct {
	Password bool // the caller's password and the new one
	Stored   bool // the stored secrets of the partner
	// Config holds the exit's own settings, one JSON object; "" for exits that ask for them.
	Config string
}

// layout is what the messages of a point hold.
type layout struct {
	point          sdk.Point
	method         uint32
	facts, changes uint32
	allowed        bool
}

func layoutOf(p sdk.Point) (layout, bool) {
	for i := range layouts {
		if layouts[i].point == p {
			return layouts[i], true
		}
	}
	return layout{}, false
}

// MethodDescribe asks a module what it is.
const MethodDescribe = 1

// MethodOf gives the number under which a module is asked at a point; 0 for a name that is no exit point.
func MethodOf(p sdk.Point) uint32 {
	l, _ := layoutOf(p)
	return l.method
}

// PointOf gives the point with that method number.
func PointOf(method uint32) (sdk.Point, bool) {
	for i := range layouts {
		if layouts[i].method == method {
			return layouts[i].point, true
		}
	}
	return "", false
}

// The fields of a request.
const (
	requestFacts   = 1
	requestConfig  = 2
	requestAllowed = 3
	requestEarlier = 4
)

// AppendQuestion appends the request message of q.Point: only the facts and changes that the point's messages have, and
// only the secrets that are shown.
func AppendQuestion(b []byte, q *sdk.Question, show Shown) []byte {
	l, ok := layoutOf(q.Point)
	if !ok || q.Facts == nil {
		return b
	}
	b = appendFactsOf(b, q, l, show)
	b = appendText(b, requestConfig, show.Config)
	if l.allowed {
		b = appendBool(b, requestAllowed, q.Allowed)
	}
	if l.changes != 0 {
		start := len(b)
		var at int
		b, at = begin(b, requestEarlier)
		b = end(appendChanges(b, &q.Earlier, l.changes, show), at)
		if len(b) == at {
			b = b[:start]
		}
	}
	return b
}

// appendFactsOf appends the facts, as they were encoded for the exit before where they are the same: those without
// secrets.
func appendFactsOf(b []byte, q *sdk.Question, l layout, show Shown) []byte {
	m := q.Memo
	if show.Password || show.Stored {
		m = nil
	}
	if m != nil && m.Of == q.Facts {
		return append(b, m.Encoded...)
	}
	start := len(b)
	b, at := begin(b, requestFacts)
	b = end(appendFacts(b, q.Facts, l.facts, show), at)
	if m != nil {
		m.Of, m.Encoded = q.Facts, append(m.Encoded[:0], b[start:]...)
	}
	return b
}

// ParseQuestion reads the request message of a point and the settings in it. In a guest, which has no time zone database,
// the hours of a partner bear the name of their zone but are computed as if it were UTC.
func ParseQuestion(p sdk.Point, s string) (q sdk.Question, config string, err error) {
	l, ok := layoutOf(p)
	if !ok {
		return q, "", bad("%q is no exit point", p)
	}
	q = sdk.Question{Point: p, Facts: &sdk.Facts{}}
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case requestFacts:
			r.within(parseFacts(q.Facts, r.message()))
		case requestConfig:
			config = r.text()
		case requestAllowed:
			if l.allowed {
				q.Allowed = r.flag()
			}
		case requestEarlier:
			r.within(parseChanges(&q.Earlier, r.message()))
		}
	}
	return q, config, r.err
}
