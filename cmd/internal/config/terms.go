package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

// Terms returns the widest terms of a listener and its protocol's settings: the protocol's defaults, with what the
// configuration says in their place.
func (l *Loaded) Terms(listener string) (terms, settings sdk.Terms) {
	x := l.Listeners[listener]
	d, _ := l.description(listener)
	read := func(specs []sdk.TermSpec) (out sdk.Terms) {
		for _, spec := range specs {
			term := spec.Term
			if v, ok := x.Terms[spec.Name]; ok {
				term, _ = readTerm(spec, v)
			}
			out = append(out, term)
		}
		return out
	}
	return read(d.Terms), read(d.Settings)
}

func specOf(d sdk.Description, name string) (sdk.TermSpec, bool) {
	for _, s := range slices.Concat(d.Terms, d.Settings) {
		if s.Name == name {
			return s, true
		}
	}
	return sdk.TermSpec{}, false
}

// readTerm reads the value of a term; fault says what is wrong with it.
func readTerm(spec sdk.TermSpec, value any) (_ sdk.Term, fault string) {
	switch spec.Kind {
	case sdk.TermFlag:
		on, ok := value.(bool)
		if !ok {
			return spec.Term, display(value) + " is not true or false"
		}
		return sdk.FlagTerm(spec.Name, on), ""
	case sdk.TermWords:
		return readWords(spec, value)
	}
	n, ok := readNumber(spec, value)
	if !ok {
		return spec.Term, display(value) + " is not " + numberWanted(spec)
	}
	return sdk.NumberTerm(spec.Name, n), ""
}

func readNumber(spec sdk.TermSpec, value any) (n int64, ok bool) {
	switch v := reflect.ValueOf(value); {
	case v.CanInt():
		n = v.Int()
	case v.CanFloat() && v.Float() == float64(int64(v.Float())):
		n = int64(v.Float())
	case spec.Bytes && v.Kind() == reflect.String && v.String() != none:
		var s Size
		if s.UnmarshalText([]byte(v.String())) != nil {
			return 0, false
		}
		n = s.Bytes()
	default:
		return 0, false
	}
	return n, n >= spec.Min && (spec.Max == 0 || n <= spec.Max)
}

func numberWanted(spec sdk.TermSpec) string {
	out := fmt.Sprintf("a whole number of at least %d", spec.Min)
	if spec.Max > 0 {
		out = fmt.Sprintf("a whole number from %d to %d", spec.Min, spec.Max)
	}
	if spec.Bytes {
		out += ", or a size like 64KiB in that range"
	}
	return out
}

// readWords takes a list, or one word alone. A specification without values takes any words.
func readWords(spec sdk.TermSpec, value any) (sdk.Term, string) {
	items, ok := value.([]any)
	if word, one := value.(string); one {
		items, ok = []any{word}, true
	}
	if !ok {
		return spec.Term, display(value) + " is not a list of " + cmp.Or(strings.Join(spec.Values, ", "), "words")
	}
	out := []string{}
	for _, item := range items {
		word, isText := item.(string)
		if len(spec.Values) == 0 {
			if !isText {
				return spec.Term, display(item) + " is not text (put it in quotes)"
			}
		} else if !slices.Contains(spec.Values, word) {
			return spec.Term, display(item) + " is not one of " + strings.Join(spec.Values, ", ") + didYouMean(word, spec.Values)
		}
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return sdk.WordsTerm(spec.Name, out...), ""
}
