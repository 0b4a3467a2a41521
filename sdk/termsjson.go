package sdk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// MarshalJSON writes {"sync_interval":1048576,"resync":true,"compression":["horizontal"]}.
func (t Terms) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(t))
	for _, x := range t {
		switch x.Kind {
		case TermNumber:
			out[x.Name] = x.Number
		case TermFlag:
			out[x.Name] = x.Flag
		default:
			out[x.Name] = append([]string{}, x.Words...)
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote; the terms come in the order of their names.
func (t *Terms) UnmarshalJSON(b []byte) error {
	var in map[string]json.RawMessage
	if err := json.Unmarshal(b, &in); err != nil {
		return fmt.Errorf("terms: %w", err)
	}
	*t = nil
	for _, name := range slices.Sorted(maps.Keys(in)) {
		x, err := readTerm(name, in[name])
		if err != nil {
			return err
		}
		*t = append(*t, x)
	}
	return nil
}

func readTerm(name string, b json.RawMessage) (Term, error) {
	var number int64
	if json.Unmarshal(b, &number) == nil {
		return NumberTerm(name, number), nil
	}
	var flag bool
	if json.Unmarshal(b, &flag) == nil {
		return FlagTerm(name, flag), nil
	}
	var words []string
	if err := json.Unmarshal(b, &words); err != nil {
		return Term{}, fmt.Errorf("term %s: want a number, a boolean or a list of words", name)
	}
	return WordsTerm(name, words...), nil
}
