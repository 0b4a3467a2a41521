package sdk

import "slices"

// TermKind says what a term's value is and what narrower means for it.
type TermKind uint8

const (
	TermNumber TermKind = 1 + iota
	// TermFlag is narrower when off.
	TermFlag
	// TermWords is narrower when a subset.
	TermWords
)

// Term is one negotiable value of a protocol.
type Term struct {
	Name   string
	Kind   TermKind
	Number int64
	Flag   bool
	Words  []string
}

// Terms is a flat list of terms, each name once. In JSON it is one object: numbers, booleans and lists of words by name.
type Terms []Term

// TermSpec is what a protocol says about one of its terms or settings: the configuration is checked against it.
type TermSpec struct {
	Term              // name, kind and default
	Min, Max int64    // legal numbers; Max 0: no upper bound
	Bytes    bool     // the configuration may write the number as a size, "1MiB"
	Values   []string // legal words
	Describe string   // one sentence for the documentation and the schema
}

// NumberTerm makes a number.
func NumberTerm(name string, n int64) Term { return Term{Name: name, Kind: TermNumber, Number: n} }

// FlagTerm makes a flag.
func FlagTerm(name string, on bool) Term { return Term{Name: name, Kind: TermFlag, Flag: on} }

// WordsTerm makes a set of words.
func WordsTerm(name string, words ...string) Term {
	return Term{Name: name, Kind: TermWords, Words: words}
}

// Get returns the term of that name.
func (t Terms) Get(name string) (Term, bool) {
	for _, x := range t {
		if x.Name == name {
			return x, true
		}
	}
	return Term{}, false
}

// Number returns the number of that name, 0 when there is none.
func (t Terms) Number(name string) int64 { x, _ := t.Get(name); return x.Number }

// Flag returns the flag of that name, false when there is none.
func (t Terms) Flag(name string) bool { x, _ := t.Get(name); return x.Flag }

// Words returns the set of that name, nil when there is none.
func (t Terms) Words(name string) []string { x, _ := t.Get(name); return x.Words }

// With returns a copy in which the term replaces the one of its name, or is added.
func (t Terms) With(x Term) Terms {
	out := slices.Clone(t)
	for i := range out {
		if out[i].Name == x.Name {
			out[i] = x
			return out
		}
	}
	return append(out, x)
}

// Meet returns the widest terms that are no wider than either list. A name that one list lacks is left out.
func (t Terms) Meet(u Terms) Terms {
	var out Terms
	for _, a := range t {
		b, ok := u.Get(a.Name)
		if !ok || a.Kind != b.Kind {
			continue
		}
		out = append(out, a.meet(b))
	}
	return out
}

// NoWider reports whether every term of t is in u and no wider than there; name is the first that is not.
func (t Terms) NoWider(u Terms) (name string, ok bool) {
	for _, a := range t {
		b, found := u.Get(a.Name)
		if !found || a.Kind != b.Kind || !a.equal(a.meet(b)) {
			return a.Name, false
		}
	}
	return "", true
}

func (a Term) meet(b Term) Term {
	out := a
	switch a.Kind {
	case TermNumber:
		out.Number = min(a.Number, b.Number)
	case TermFlag:
		out.Flag = a.Flag && b.Flag
	case TermWords:
		out.Words = nil
		for _, w := range a.Words {
			if slices.Contains(b.Words, w) {
				out.Words = append(out.Words, w)
			}
		}
	}
	return out
}

func (a Term) equal(b Term) bool {
	return a.Name == b.Name && a.Kind == b.Kind && a.Number == b.Number && a.Flag == b.Flag && slices.Equal(a.Words, b.Words)
}
