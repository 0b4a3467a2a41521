package config

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// field is one key of a settings struct.
type field struct {
	name, doc string
	enum      []string
	need      bool
	min, max  int
	index     int
	typ       reflect.Type // pointers taken away
}

// fieldsOf lists the keys of a settings struct in the order of its fields.
func fieldsOf(t reflect.Type) []field {
	out := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		name, ok := f.Tag.Lookup("koanf")
		if !ok {
			continue
		}
		x := field{name: name, doc: f.Tag.Get("doc"), need: f.Tag.Get("need") == "true", index: i, typ: f.Type}
		if words := f.Tag.Get("enum"); words != "" {
			x.enum = strings.Split(words, ",")
		}
		x.min, _ = strconv.Atoi(f.Tag.Get("min"))
		x.max, _ = strconv.Atoi(f.Tag.Get("max"))
		if x.typ.Kind() == reflect.Pointer {
			x.typ = x.typ.Elem()
		}
		out = append(out, x)
	}
	return out
}

func configField() field { return field{typ: reflect.TypeFor[Config]()} }

// inside returns what a key or a list position of f holds; ok is false when there can be no such thing.
func (f field) inside(s Step) (_ field, ok bool) {
	switch t := f.typ; {
	case s.List && t.Kind() == reflect.Slice:
		return field{typ: t.Elem(), enum: f.enum}, true
	case s.List && t.Kind() != reflect.Interface:
		return field{}, false
	case t.Kind() == reflect.Map:
		return field{typ: t.Elem()}, true
	case t.Kind() == reflect.Struct:
		i := slices.IndexFunc(fieldsOf(t), func(x field) bool { return x.name == s.Key })
		if i < 0 {
			return field{}, false
		}
		return fieldsOf(t)[i], true
	}
	return field{typ: f.typ}, f.typ.Kind() == reflect.Interface // an exit's own settings: anything, as deep as it likes
}

// fieldAt returns what stands at a path.
func fieldAt(at Path) (field, bool) {
	f := configField()
	for _, s := range at {
		inner, ok := f.inside(s)
		if !ok {
			return field{}, false
		}
		f = inner
	}
	return f, true
}

// keys lists the keys a struct can have; nil for anything else.
func (f field) keys() []string {
	if f.typ == nil || f.typ.Kind() != reflect.Struct {
		return nil
	}
	var out []string
	for _, x := range fieldsOf(f.typ) {
		out = append(out, x.name)
	}
	return out
}

// object says whether f holds keys, whatever else it may be.
func (f field) object() bool {
	return f.typ != nil && (f.typ.Kind() == reflect.Struct || f.typ.Kind() == reflect.Map)
}

var (
	typeProtocol = reflect.TypeFor[Protocol]()
	typePoints   = reflect.TypeFor[Points]()
	typeLimit    = reflect.TypeFor[Limit]()
	typeSize     = reflect.TypeFor[Size]()
	typeCount    = reflect.TypeFor[Count]()
	typeDuration = reflect.TypeFor[Duration]()
)

// expecter is a scalar of the settings that says what it looks like.
type expecter interface{ expects() string }

// expects says what a value of f looks like, for a person.
func (f field) expects() string {
	if f.typ == nil {
		return "a value"
	}
	if e, ok := reflect.Zero(f.typ).Interface().(expecter); ok {
		return e.expects()
	}
	switch {
	case f.typ == typeProtocol:
		return "the name of a protocol, or a plugin: {wasm: FILE} or {process: [PROGRAM]}"
	case f.typ.Kind() == reflect.Slice:
		return "a list, like [one, two]"
	case len(f.enum) > 0:
		return "one of " + strings.Join(f.enum, ", ")
	case f.object():
		return "a group of keys"
	case f.typ.Kind() == reflect.Bool:
		return "true or false"
	case f.typ.Kind() == reflect.Int && f.max > 0:
		return "a whole number from " + strconv.Itoa(f.min) + " to " + strconv.Itoa(f.max)
	case f.typ.Kind() == reflect.String:
		return "text (put it in quotes)"
	}
	return "a value"
}

// encode turns settings into maps, slices and scalars, as a file would hold them. Values that are not set are left out.
func encode(v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch v.Type() {
	case typeLimit, typeSize:
		if v.Int() > 0 && (v.Type() == typeLimit || v.Int()%1024 != 0) {
			return v.Int()
		}
	case typeProtocol:
		if p := v.Interface().(Protocol); !p.Plugin() && p.Name != "" {
			return p.Name
		}
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok && v.Type() != typeProtocol {
		text, _ := m.MarshalText()
		return string(text)
	}
	switch v.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		for _, f := range fieldsOf(v.Type()) {
			if x := v.Field(f.index); !unset(x) {
				out[f.name] = encode(x)
			}
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[k.String()] = encode(v.MapIndex(k))
		}
		return out
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = encode(v.Index(i))
		}
		return out
	case reflect.Interface:
		return encode(v.Elem())
	}
	return v.Interface()
}

// unset says whether a value was never given and has no default. A bool always has one.
func unset(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		return false
	case reflect.Map:
		return v.Len() == 0
	case reflect.Slice:
		return v.IsNil() // an empty list may mean something: none at all
	}
	return v.IsZero()
}
