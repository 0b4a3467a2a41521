package config

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
	"github.com/postern/postern/sdk"
)

// overlay puts single values over what the file gave.
type overlay struct {
	faults    []Fault // of texts that never became values
	places    *places
	values    *koanf.Koanf
	protocols map[string]sdk.Description
}

// put reads the value as its key wants it, notes where it comes from, and returns it under koanf's flat name.
func (e *overlay) put(at Path, f field, text string, origin Origin) (string, any) {
	n, fault := readValue(f, text)
	if fault != "" {
		e.faults = append(e.faults, Fault{Origin: origin, Path: at, What: fault})
		return "", nil
	}
	fillNulls(n, f)
	if n.fields == nil {
		e.places.drop(at)
	}
	n.mark(e.places, at, func(place) Origin { return origin })
	keys := make([]string, len(at))
	for i, s := range at {
		keys[i] = s.Key
	}
	return strings.Join(keys, separator), n.plain()
}

// readValue turns text into the kind of value that f holds. Lists may be written one,two or [one, two]; groups and
// values of unknown kind are YAML.
func readValue(f field, text string) (*node, string) {
	structured := strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{")
	switch {
	case f.typ == nil, f.typ.Kind() == reflect.Interface, f.object() && f.typ != typeProtocol, structured && f.typ.Kind() != reflect.String:
		n, faults := parseYAML([]byte(text))
		if len(faults) > 0 {
			return nil, faults[0].What
		}
		return n, ""
	case f.typ.Kind() == reflect.Slice:
		n := &node{list: true}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				n.items = append(n.items, &node{value: part})
			}
		}
		return n, ""
	}
	return &node{value: scalar(f, text)}, ""
}

func scalar(f field, text string) any {
	switch f.typ.Kind() {
	case reflect.Bool:
		if text == "true" || text == "false" {
			return text == "true"
		}
	case reflect.Int, reflect.Int64:
		if i, err := strconv.ParseInt(text, 10, 64); err == nil && f.typ != typeDuration {
			return i
		}
	}
	return text
}
