package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// checkStructure checks the merged layers against the schema and says each fault in words for a person.
func checkStructure(r *report, values map[string]any) error {
	schema, err := compileSchema()
	if err != nil {
		return err
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(values); !errors.As(err, &invalid) {
		return err
	}
	explain(r, values, invalid)
	return nil
}

func explain(r *report, values any, e *jsonschema.ValidationError) {
	at, value := locate(values, e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		around, _ := fieldAt(at)
		for _, name := range k.Properties {
			if around.typ == typePoints {
				r.keyFault(at.Key(name), "is not an exit point%s", didYouMean(name, pointNames()))
				continue
			}
			r.strayKey(at.Key(name), didYouMean(name, around.keys()))
		}
	case *kind.Required:
		for _, name := range k.Missing {
			r.fault(at.Key(name), "is missing")
		}
	case *kind.Type, *kind.Enum, *kind.Pattern, *kind.Minimum, *kind.Maximum:
		explainValue(r, at, value)
	default:
		for _, c := range e.Causes {
			explain(r, values, c)
		}
		if len(e.Causes) == 0 {
			r.fault(at, "is not what the schema allows")
		}
	}
}

func pointNames() (out []string) {
	for _, row := range sdk.Points() {
		out = append(out, string(row.Point))
	}
	return out
}

func explainValue(r *report, at Path, value any) {
	f, _ := fieldAt(at)
	text, isText := value.(string)
	switch hint := ""; {
	case value == nil:
		r.fault(at, "has no value; leave the key out for its default")
	case secretPath(at):
		r.fault(at, "is not %s", f.expects())
	default:
		if isText && len(f.enum) > 0 {
			hint = didYouMean(text, f.enum)
		}
		r.fault(at, "%s is not %s%s", display(value), f.expects(), hint)
	}
}

func display(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case map[string]any:
		return "a group of keys"
	case []any:
		return "a list"
	}
	return fmt.Sprint(v)
}

// secretPath says whether a value must never be printed.
func secretPath(at Path) bool {
	return slices.ContainsFunc(at, func(s Step) bool { return secretKey(s.Key) })
}

func secretKey(key string) bool {
	key = strings.ToLower(key)
	return strings.HasSuffix(key, "password") || key == "secret_key"
}

// locate turns a schema location into a path, and returns what stands there.
func locate(values any, tokens []string) (Path, any) {
	var at Path
	for _, t := range tokens {
		switch v := values.(type) {
		case []any:
			i, err := strconv.Atoi(t)
			if err != nil || i < 0 || i >= len(v) {
				return at, nil
			}
			at, values = at.Item(i), v[i]
		case map[string]any:
			at, values = at.Key(t), v[t]
		}
	}
	return at, values
}

// checkText reads every scalar that has a text form, which the schema's patterns cannot check to the end.
func checkText(r *report, at Path, f field, value any) {
	switch v := value.(type) {
	case map[string]any:
		for k, x := range v {
			if inner, ok := f.inside(Step{Key: k}); ok && inner.typ != nil {
				checkText(r, at.Key(k), inner, x)
			}
		}
	case []any:
		for i, x := range v {
			if inner, ok := f.inside(Step{At: i, List: true}); ok && inner.typ != nil {
				checkText(r, at.Item(i), inner, x)
			}
		}
	case string:
		if err := readText(f, v); err != nil {
			r.fault(at, "%v", err)
		}
	}
}

func readText(f field, text string) error {
	switch f.typ {
	case typeLimit:
		return new(Limit).UnmarshalText([]byte(text))
	case typeSize:
		return new(Size).UnmarshalText([]byte(text))
	case typeCount:
		return new(Count).UnmarshalText([]byte(text))
	case typeDuration:
		return new(Duration).UnmarshalText([]byte(text))
	}
	return nil
}
