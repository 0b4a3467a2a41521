package config

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestThePrintedSchemaIsJSONSchemaAndTakesTheSample(t *testing.T) {
	var b bytes.Buffer
	if err := Schema(&b); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	tree, _ := parseYAML([]byte(sample))
	if err := schema.Validate(tree.plain()); err != nil {
		t.Errorf("the sample: %v", err)
	}
	if err := schema.Validate(map[string]any{"limits": map[string]any{"max_sessions": 0}}); err == nil {
		t.Error("0 sessions were taken")
	}
}

// TestEverySettingHasASentenceAndADefaultThatTheSchemaTakes walks the structs, so that no key is forgotten.
func TestEverySettingHasASentenceAndADefaultThatTheSchemaTakes(t *testing.T) {
	var walk func(at Path, typ reflect.Type)
	walk = func(at Path, typ reflect.Type) {
		if typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Map || typ.Kind() == reflect.Slice {
			walk(at, typ.Elem())
			return
		}
		if typ.Kind() != reflect.Struct {
			return
		}
		if len(fieldsOf(typ)) != typ.NumField() {
			t.Errorf("%s: a field of %s has no koanf tag", at, typ)
		}
		for _, f := range fieldsOf(typ) {
			if f.doc == "" && typ != typeProtocol {
				t.Errorf("%s has no sentence", at.Key(f.name))
			}
			walk(at.Key(f.name), f.typ)
		}
	}
	walk(nil, reflect.TypeFor[Config]())
	schema, err := compileSchema()
	if err != nil {
		t.Fatal(err)
	}
	values := encode(reflect.ValueOf(Defaults()))
	if err := schema.Validate(values); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for _, key := range sorted(values.(map[string]any)) {
		if _, err := json.Marshal(values.(map[string]any)[key]); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("yaml", sample, "POSTERN_LIMITS__MAX_SESSIONS=5", "limits.max_sessions=5")
	f.Add("yaml", small+"  A: &a {path: a}\n  B: {<<: *a}\n", "POSTERN_FLOWS__IN__PATH=x", `partners."A.B".name=x`)
	f.Add("json", smallJSON, "POSTERN_POINTS__IDENTIFY=directory", "flows.X={path: y}")
	f.Add("toml", smallTOML, "POSTERN_X=", "=")
	f.Add("yaml", "listeners: {a: {protocol: {wasm: x}, tls: , terms: {x: {}}}}\npoints: {identify: [a]}\nexits: {a: }", "", "")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, format, text, variable, set string) {
		switch format {
		case "yaml", "json", "toml":
		default:
			return
		}
		path := dir + "/postern." + format
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Load(Options{Path: path, Environ: []string{variable}, Set: []string{set}, Protocols: protocols()})
		if err != nil {
			if err.Error() == "" {
				t.Error("a fault that says nothing")
			}
			return
		}
		l.Snapshot()
		if err := l.Show(&bytes.Buffer{}, FormatYAML, true); err != nil {
			t.Errorf("show: %v", err)
		}
		if got := Diff(l, l).Keys(); len(got) > 0 {
			t.Errorf("differs from itself in %v", got)
		}
	})
}
