package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/postern/postern/sdk"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaURL = "https://postern.example.org/config.schema.json"

// Schema writes the JSON Schema (draft 2020-12) of the configuration, made from the settings structs. It is the one
// that every configuration is checked against.
func Schema(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(schemaDoc())
}

func schemaDoc() map[string]any {
	doc := schemaOf(configField())
	doc["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	doc["$id"] = schemaURL
	doc["title"] = "Postern configuration"
	return doc
}

// schemaOf makes the schema of one value.
func schemaOf(f field) map[string]any {
	out := map[string]any{}
	if f.doc != "" {
		out["description"] = f.doc
	}
	switch f.typ {
	case typeLimit:
		return with(out, "type", []any{"integer", "string"}, "minimum", 1, "maximum", 1<<31-1, "pattern", "^none$")
	case typeSize:
		return with(out, "type", []any{"integer", "string"}, "minimum", 1, "pattern", `^(none|[0-9]{1,19} ?([KMGT]i?B|[KMGT]|B)?)$`)
	case typeCount:
		return with(out, "type", []any{"integer", "string"}, "minimum", 1, "pattern", "^[0-9]{1,19}[kMG]?$")
	case typeDuration:
		return with(out, "type", "string", "pattern", `^(none|([0-9]+d)?([0-9]+(\.[0-9]+)?(h|m|s|ms|us|µs|ns))*)$`)
	case typeProtocol:
		return with(objectSchema(out, f), "type", []any{"string", "object"})
	case typePoints:
		points := map[string]any{}
		for _, row := range sdk.Points() {
			points[string(row.Point)] = schemaOf(field{typ: f.typ.Elem(), doc: "Asked " + row.Asked + "."})
		}
		return with(out, "type", "object", "properties", points, "additionalProperties", false)
	}
	switch f.typ.Kind() {
	case reflect.Struct:
		return objectSchema(out, f)
	case reflect.Map:
		return with(out, "type", "object", "additionalProperties", schemaOf(field{typ: f.typ.Elem()}))
	case reflect.Slice:
		return with(out, "type", "array", "items", schemaOf(field{typ: f.typ.Elem(), enum: f.enum}))
	case reflect.Bool:
		return with(out, "type", "boolean")
	case reflect.Int:
		return with(out, "type", "integer", "minimum", f.min, "maximum", f.max)
	case reflect.Interface:
		return out
	}
	out["type"] = "string"
	if len(f.enum) > 0 {
		out["enum"] = words(f.enum)
	}
	return out
}

func objectSchema(out map[string]any, f field) map[string]any {
	properties, required := map[string]any{}, []string(nil)
	for _, x := range fieldsOf(f.typ) {
		properties[x.name] = schemaOf(x)
		if x.need {
			required = append(required, x.name)
		}
	}
	with(out, "type", "object", "properties", properties, "additionalProperties", false)
	if required != nil {
		out["required"] = words(required)
	}
	return out
}

func words(in []string) []any {
	out := make([]any, len(in))
	for i, w := range in {
		out[i] = w
	}
	return out
}

func with(m map[string]any, pairs ...any) map[string]any {
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// compileSchema makes the checker of the schema.
func compileSchema() (*jsonschema.Schema, error) {
	var text bytes.Buffer
	if err := Schema(&text); err != nil {
		return nil, fmt.Errorf("write the configuration schema: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(&text)
	if err != nil {
		return nil, fmt.Errorf("read the configuration schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, fmt.Errorf("add the configuration schema: %w", err)
	}
	return c.Compile(schemaURL)
}
