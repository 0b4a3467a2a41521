package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/v2"
	"github.com/postern/postern/sdk"
)

// EnvPrefix begins the name of every environment variable that sets a key.
const EnvPrefix = "POSTERN_"

// Reserved are variables with the prefix that set no key; a name that ends in _ stands for all that begin so. The
// last three are what Docker and Kubernetes set for a service that is called postern.
func Reserved() []string {
	return []string{"POSTERN_CONFIG", "POSTERN_HOME", "POSTERN_STATE", "POSTERN_TEST_",
		"POSTERN_SERVICE_", "POSTERN_PORT", "POSTERN_PORT_"}
}

// overlay puts single values over what the file gave.
type overlay struct {
	faults    []Fault // of texts that never became values
	places    *places
	values    *koanf.Koanf
	protocols map[string]sdk.Description
}

// environment loads the variables. POSTERN_LIMITS__MAX_TRANSFERS is limits.max_transfers: two underscores stand between
// levels, and each level names a key that is there already, in the schema or in the file.
func (e *overlay) environment(environ, set []string) error {
	secrets := referenced(e.values.Raw(), slices.Concat(environ, set)...)
	transform := func(name, text string) (string, any) {
		if reserved(name) || slices.Contains(secrets, name) {
			return "", nil
		}
		origin := Origin{Layer: LayerEnvironment, Name: name}
		at, f, fault := e.match(strings.TrimPrefix(name, EnvPrefix))
		if fault != "" {
			e.faults = append(e.faults, Fault{Origin: origin, What: fault})
			return "", nil
		}
		if f.object() && f.typ != typeProtocol {
			e.faults = append(e.faults, Fault{Origin: origin, Path: at, What: "is a group of keys: set one of them, after two more underscores"})
			return "", nil
		}
		return e.put(at, f, text, origin)
	}
	err := e.values.Load(env.Provider(separator, env.Opt{Prefix: EnvPrefix, TransformFunc: transform,
		EnvironFunc: func() []string { return environ }}), nil)
	if err != nil {
		return fmt.Errorf("load the environment: %w", err)
	}
	return nil
}

var secretVariable = regexp.MustCompile(`secret://env/([A-Za-z0-9_]+)`)

// referenced lists the variables that secret references name, in the file and in the other layers' own texts.
func referenced(values any, texts ...string) (out []string) {
	switch v := values.(type) {
	case map[string]any:
		for _, x := range v {
			out = append(out, referenced(x)...)
		}
	case string:
		texts = append(texts, v)
	}
	for _, text := range texts {
		for _, m := range secretVariable.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

func reserved(name string) bool {
	return slices.ContainsFunc(Reserved(), func(r string) bool {
		return name == r || strings.HasSuffix(r, "_") && strings.HasPrefix(name, r)
	})
}

// match finds the key that a variable means; fault says why there is none.
func (e *overlay) match(name string) (at Path, f field, fault string) {
	f = configField()
	for _, segment := range strings.Split(name, "__") {
		known := e.known(at, f)
		var found []string
		for _, k := range known {
			switch {
			case k == segment:
				found = []string{k}
			case fold(k) == fold(segment) && (len(found) != 1 || found[0] != segment):
				found = append(found, k)
			}
		}
		switch {
		case len(found) == 0 && len(at) == 0:
			return nil, f, "there is no key " + strings.ToLower(segment) + didYouMean(segment, known)
		case len(found) == 0:
			return nil, f, "there is no key " + strings.ToLower(segment) + " in " + at.String() + didYouMean(segment, known)
		case len(found) > 1:
			return nil, f, segment + " may be " + strings.Join(found, " or ") + ": write it as it stands in the file"
		}
		at = at.Key(found[0])
		f, _ = f.inside(Step{Key: found[0]})
	}
	return at, f, ""
}

// fold makes keys comparable without case; what a variable's name cannot hold is an underscore.
func fold(key string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(key))
}

// known lists the keys at a path: the schema's, the file's, and the terms of the protocols.
func (e *overlay) known(at Path, f field) []string {
	known := f.keys()
	if f.typ == typePoints {
		known = append(known, pointNames()...)
	}
	if len(at) == 3 && at[0].Key == "listeners" && at[2].Key == "terms" {
		for _, d := range e.protocols {
			for _, t := range slices.Concat(d.Terms, d.Settings) {
				known = append(known, t.Name)
			}
		}
	}
	if f.typ != nil && f.typ.Kind() == reflect.Map {
		var here any = e.values.Raw()
		for _, s := range at {
			m, _ := here.(map[string]any)
			here = m[s.Key]
		}
		m, _ := here.(map[string]any)
		for k := range m {
			known = append(known, k)
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}

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
