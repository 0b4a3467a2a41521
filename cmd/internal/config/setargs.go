package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/knadh/koanf/providers/confmap"
)

// set loads key=value arguments. The key is written as in a fault: partners."A.B".name.
func (e *overlay) set(args []string) error {
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "=")
		if i := closingCut(arg); i >= 0 {
			name, text, ok = arg[:i], arg[i+1:], true
		}
		origin := Origin{Layer: LayerSet, Name: name}
		if !ok {
			e.faults = append(e.faults, Fault{Origin: origin, What: "must be key=value"})
			continue
		}
		at, what := parsePath(name)
		if what != "" {
			e.faults = append(e.faults, Fault{Origin: origin, What: what})
			continue
		}
		f, ok := e.schemaAt(at, origin)
		if !ok {
			continue
		}
		key, value := e.put(at, f, text, origin)
		if key == "" {
			continue
		}
		if err := e.values.Load(confmap.Provider(map[string]any{key: value}, separator), nil); err != nil {
			return fmt.Errorf("load --set %s: %w", name, err)
		}
	}
	return nil
}

// closingCut finds the = behind a key with quoted parts, or -1.
func closingCut(arg string) int {
	quoted := false
	for i := range len(arg) {
		switch {
		case arg[i] == '"':
			quoted = !quoted
		case arg[i] == '=' && !quoted:
			return i
		}
	}
	return -1
}

// parsePath reads a key like partners."A.B".name.
func parsePath(text string) (at Path, fault string) {
	for rest := text; ; {
		key, tail := rest, ""
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, "a quote is not closed"
			}
			key, _ = strconv.Unquote(quoted)
			tail = rest[len(quoted):]
		} else if i := strings.IndexByte(rest, '.'); i >= 0 {
			key, tail = rest[:i], rest[i:]
		}
		if key == "" || tail == "." || tail != "" && tail[0] != '.' {
			return nil, "is no key: keys are joined by single dots"
		}
		at = at.Key(key)
		if tail == "" {
			return at, ""
		}
		rest = tail[1:]
	}
}

func (e *overlay) schemaAt(at Path, origin Origin) (field, bool) {
	f := configField()
	for i, s := range at {
		inner, ok := f.inside(s)
		if !ok {
			e.faults = append(e.faults, Fault{Origin: origin, Path: at[:i+1], What: "there is no such key" + didYouMean(s.Key, f.keys())})
			return field{}, false
		}
		f = inner
	}
	return f, true
}
