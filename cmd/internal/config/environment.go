package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
)

// EnvPrefix begins the name of every environment variable that sets a key.
const EnvPrefix = "POSTERN_"

// Reserved are variables with the prefix that set no key; a name that ends in _ stands for all that begin so. The
// last three are what Docker and Kubernetes set for a service that is called postern.
func Reserved() []string {
	return []string{"POSTERN_CONFIG", "POSTERN_HOME", "POSTERN_STATE", "POSTERN_TEST_",
		"POSTERN_SERVICE_", "POSTERN_PORT", "POSTERN_PORT_"}
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
	case []any:
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
