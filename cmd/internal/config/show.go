package config

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Format is how a configuration is printed.
type Format string

const (
	FormatYAML Format = "yaml"
	FormatJSON Format = "json"
)

// masked stands for a secret that is not behind a reference.
const masked = "***"

// Show prints the configuration as it holds, secrets masked. With origins YAML gets a comment on each value that says
// which layer it comes from; JSON becomes a list of {"key", "value", "origin"}.
func (l *Loaded) Show(w io.Writer, format Format, origins bool) error {
	values := encode(reflect.ValueOf(l.Config)).(map[string]any)
	maskSecrets(values)
	maskPlugins(values)
	switch {
	case format == FormatYAML:
		enc := yaml.NewEncoder(w)
		enc.SetIndent(2)
		if err := enc.Encode(l.yamlNode(nil, configField(), values, origins)); err != nil {
			return fmt.Errorf("print the configuration: %w", err)
		}
		return enc.Close()
	case format != FormatJSON:
		return fmt.Errorf("print the configuration: %q is not yaml or json", format)
	case origins:
		return printJSON(w, l.entries(nil, configField(), values))
	}
	return printJSON(w, values)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// maskPlugins masks every header that a plugin's requests bear, and the environment of its process: what is in them is
// for nobody else.
func maskPlugins(values map[string]any) {
	for _, kind := range []string{"exits", "backends"} {
		named, _ := values[kind].(map[string]any)
		for _, x := range named {
			plugin, _ := x.(map[string]any)
			maskTexts(plugin["environment"])
			if grants, ok := plugin["grants"].(map[string]any); ok {
				maskTexts(grants["headers"])
			}
		}
	}
}

// maskTexts masks every text but references.
func maskTexts(values any) {
	group, _ := values.(map[string]any)
	for key, x := range group {
		if text, ok := x.(string); ok && !strings.HasPrefix(text, secretPrefix) {
			group[key] = masked
		}
		maskTexts(x)
	}
}

// maskSecrets masks every password, also those of a protocol's own settings.
func maskSecrets(values any) {
	switch v := values.(type) {
	case []any:
		for _, x := range v {
			maskSecrets(x)
		}
	case map[string]any:
		for key, x := range v {
			text, isText := x.(string)
			switch x.(type) {
			case bool: // verify_password is none
				continue
			case map[string]any:
				maskSecrets(x)
				continue
			}
			switch {
			case !secretKey(key):
				maskSecrets(x)
			case !isText || !strings.HasPrefix(text, secretPrefix):
				v[key] = masked
			}
		}
	}
}

// orderedKeys gives the keys of a group: those of settings as they are declared, names by the alphabet.
func orderedKeys(f field, group map[string]any) []string {
	var out []string
	for _, k := range f.keys() {
		if _, ok := group[k]; ok {
			out = append(out, k)
		}
	}
	if out == nil {
		out = sorted(group)
	}
	return out
}

func (l *Loaded) yamlNode(at Path, f field, value any, origins bool) *yaml.Node {
	n := &yaml.Node{}
	switch v := value.(type) {
	case map[string]any:
		n.Kind = yaml.MappingNode
		for _, k := range orderedKeys(f, v) {
			key := &yaml.Node{}
			key.SetString(k)
			inner, _ := f.inside(Step{Key: k})
			n.Content = append(n.Content, key, l.yamlNode(at.Key(k), inner, v[k], origins))
		}
		return n
	case []any:
		n.Kind = yaml.SequenceNode
		n.Style = yaml.FlowStyle
		inner, _ := f.inside(Step{List: true})
		for i, x := range v {
			n.Content = append(n.Content, l.yamlNode(at.Item(i), inner, x, false))
		}
	default:
		if err := n.Encode(v); err != nil {
			n.SetString(fmt.Sprint(v))
		}
		if text, ok := v.(string); ok && strings.ContainsFunc(text, unicode.IsControl) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	if origins {
		n.LineComment = l.Origin(at).String()
	}
	return n
}

// Entry is one value of the configuration, with where it comes from.
type Entry struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`
	path   Path
}

func (l *Loaded) entries(at Path, f field, value any) []Entry {
	group, ok := value.(map[string]any)
	if !ok || len(group) == 0 && len(at) > 0 {
		return []Entry{{at.String(), value, l.Origin(at).String(), at}}
	}
	var out []Entry
	for _, k := range orderedKeys(f, group) {
		inner, _ := f.inside(Step{Key: k})
		out = append(out, l.entries(at.Key(k), inner, group[k])...)
	}
	return out
}

// Origin says which layer a value comes from.
func (l *Loaded) Origin(at Path) Origin {
	if o, ok := l.places.values[at.String()]; ok {
		return o
	}
	return Origin{Layer: LayerDefault}
}
