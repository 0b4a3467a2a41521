package transcript

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/postern/postern/sdk"
)

// field is one name=value of a step. A name alone is a flag that is set.
type field struct {
	name  string
	value string
}

// parseFields reads name=value words; a value is bare, quoted as in Go and perhaps repeated, or hex:DIGITS.
func parseFields(s string) (list []field, err error) {
	for s = strings.TrimLeft(s, " \t"); s != "" && s[0] != '#'; s = strings.TrimLeft(s, " \t") {
		end := strings.IndexAny(s, "= \t")
		if end < 0 || s[end] != '=' {
			name, rest, _ := strings.Cut(s, " ")
			list, s = append(list, field{name, "1"}), rest
			continue
		}
		f := field{name: s[:end]}
		s = s[end+1:]
		if f.value, s, err = parseValue(s); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.name, err)
		}
		list = append(list, f)
	}
	return list, nil
}

func parseValue(s string) (value, rest string, err error) {
	var p pattern
	switch {
	case strings.HasPrefix(s, `"`):
		if p, rest, err = parseQuoted(s); err == nil {
			p, rest, err = repeat(p, rest)
		}
	case strings.HasPrefix(s, "hex:"):
		p, rest, err = parseWord(s[len("hex:"):] + " ")
	default:
		value, rest, _ = strings.Cut(s, " ")
		return value, rest, nil
	}
	if err == nil && p.wild() {
		err = fmt.Errorf("?? cannot stand here")
	}
	return string(p.bytes()), rest, err
}

// bodies are the fields of a message that hold the body of a kind.
var bodies = map[sdk.Kind]string{
	sdk.KindHello: "Hello", sdk.KindWelcome: "Welcome", sdk.KindRequest: "Request", sdk.KindGrant: "Grant",
	sdk.KindReply: "Reply", sdk.KindRefuse: "Refusal", sdk.KindEnd: "Refusal", sdk.KindDamaged: "Refusal",
	sdk.KindStop: "Refusal", sdk.KindLeave: "Refusal", sdk.KindAbort: "Refusal", sdk.KindFault: "Refusal",
}

// find returns the place in m that a name means. With grow, a body that is nil is made; without it, the place is
// invalid when there is no body.
func find(m *sdk.Message, name string, grow bool) (v reflect.Value, known bool) {
	first, rest, _ := strings.Cut(name, ".")
	whole := reflect.ValueOf(m).Elem()
	if body := bodies[m.Kind]; body != "" {
		p := whole.FieldByName(body)
		if byName(p.Type().Elem(), first) && !(body == "Refusal" && first == "point") {
			if p.IsNil() {
				if !grow {
					return reflect.Value{}, true
				}
				p.Set(reflect.New(p.Type().Elem()))
			}
			return inside(p.Elem(), first), true
		}
	}
	if !byName(whole.Type(), first) {
		return v, false
	}
	v = inside(whole, first)
	if first == "counts" && rest != "" {
		if !byName(v.Type(), rest) {
			return v, false
		}
		v = inside(v, rest)
	}
	return v, true
}

func byName(t reflect.Type, name string) bool {
	_, ok := t.FieldByNameFunc(func(s string) bool { return snake(s) == name })
	return ok
}

func inside(v reflect.Value, name string) reflect.Value {
	return v.FieldByNameFunc(func(s string) bool { return snake(s) == name })
}

// snake turns RecordEnd into record_end.
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) {
			if i > 0 {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// show gives a place as it would be written. sub is what followed a dot in its name.
func show(v reflect.Value, sub string) string {
	switch x := v.Interface().(type) {
	case sdk.Secret:
		return x.Reveal()
	case time.Time:
		return x.Format(time.RFC3339Nano)
	case []byte:
		return string(x)
	case []string:
		return strings.Join(x, ",")
	case map[string]string:
		return x[sub]
	case sdk.Terms:
		t, ok := x.Get(sub)
		if !ok {
			return "absent"
		}
		return showTerm(t)
	case []sdk.DirEntry:
		return showEntries(x)
	case bool:
		if x {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(v.Interface())
}

func showTerm(t sdk.Term) string {
	switch t.Kind {
	case sdk.TermNumber:
		return strconv.FormatInt(t.Number, 10)
	case sdk.TermFlag:
		if t.Flag {
			return "1"
		}
		return "0"
	}
	return strings.Join(t.Words, ",")
}

// showEntries gives a listing as name:size,folder/.
func showEntries(list []sdk.DirEntry) string {
	var parts []string
	for _, e := range list {
		if e.Dir {
			parts = append(parts, e.Name+"/")
			continue
		}
		parts = append(parts, e.Name+":"+strconv.FormatInt(e.Size, 10))
	}
	return strings.Join(parts, ",")
}
