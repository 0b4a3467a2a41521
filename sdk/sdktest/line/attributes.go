package line

import (
	"bytes"
	"fmt"
	"slices"
)

// attribute begins the options that carry free attributes: "attr.colour=blue".
const attribute = "attr."

// readAttributes collects them, and the names of their options.
func readAttributes(f *fields) (attrs map[string]string, names []string) {
	for _, w := range f.list {
		if name, ok := bytes.CutPrefix(w.key, []byte(attribute)); ok {
			if attrs == nil {
				attrs = make(map[string]string)
			}
			attrs[string(name)] = string(w.value)
			names = append(names, string(w.key))
		}
	}
	return attrs, names
}

// appendAttributes writes them in the order of their names. A name that is no bare word cannot be written.
func appendAttributes(out []byte, attrs map[string]string) ([]byte, error) {
	names := make([]string, 0, len(attrs))
	for name := range attrs {
		if name == "" || string(appendValue(nil, name)) != name {
			return out, fmt.Errorf("the attribute name %q is no bare word", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out = append(append(append(out, ' '), attribute...), name...)
		out = appendValue(append(out, '='), attrs[name])
	}
	return out, nil
}
