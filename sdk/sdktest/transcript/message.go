package transcript

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// message makes the message that a step writes down.
func (st *step) message() (sdk.Message, error) {
	m := sdk.Message{Kind: st.kind}
	ensureBody(&m, st.fields)
	for _, f := range st.fields {
		if f.name == "ok" {
			m.Refusal = nil
			continue
		}
		v, known := find(&m, f.name, true)
		if !known {
			return m, fmt.Errorf("a %s has no field %q", st.kind, f.name)
		}
		_, sub, _ := strings.Cut(f.name, ".")
		if err := set(v, sub, f.value); err != nil {
			return m, fmt.Errorf("field %s of %s: %w", f.name, st.kind, err)
		}
	}
	return m, nil
}

// ensureBody gives a message the body without which its kind means nothing, and a refusal its public sentence.
func ensureBody(m *sdk.Message, fields []field) {
	switch m.Kind {
	case sdk.KindHello:
		m.Hello = &sdk.Hello{}
	case sdk.KindWelcome:
		m.Welcome = &sdk.Welcome{}
	case sdk.KindRequest:
		m.Request = &sdk.Request{}
	case sdk.KindGrant:
		m.Grant = &sdk.Grant{}
	case sdk.KindReply:
		m.Reply = &sdk.Reply{}
	}
	for _, f := range fields {
		if f.name == "code" && bodies[m.Kind] == "Refusal" {
			m.Refusal = sdk.Refuse(sdk.Code(f.value), "")
		}
	}
}

func set(v reflect.Value, sub, value string) (err error) {
	switch v.Interface().(type) {
	case sdk.Secret:
		v.Set(reflect.ValueOf(sdk.NewSecret(value)))
		return nil
	case time.Time:
		t, err := time.Parse(time.RFC3339Nano, value)
		v.Set(reflect.ValueOf(t))
		return err
	case []byte:
		v.SetBytes([]byte(value))
		return nil
	case []string:
		v.Set(reflect.ValueOf(words(value)))
		return nil
	case map[string]string:
		if v.IsNil() {
			v.Set(reflect.ValueOf(map[string]string{}))
		}
		v.SetMapIndex(reflect.ValueOf(sub), reflect.ValueOf(value))
		return nil
	case sdk.Terms:
		v.Set(reflect.ValueOf(v.Interface().(sdk.Terms).With(guessTerm(sub, value))))
		return nil
	case *sdk.Space:
		s, err := parseSpace(value)
		v.Set(reflect.ValueOf(s))
		return err
	case []sdk.DirEntry:
		list, err := parseEntries(value)
		v.Set(reflect.ValueOf(list))
		return err
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Bool:
		var on bool
		on, err = strconv.ParseBool(value)
		v.SetBool(on)
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(value, 10, 64)
		v.SetInt(n)
	case reflect.Uint8, reflect.Uint32:
		var n uint64
		n, err = strconv.ParseUint(value, 10, v.Type().Bits())
		v.SetUint(n)
	default:
		err = fmt.Errorf("a %s cannot be written down", v.Type())
	}
	return err
}

func words(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// guessTerm makes a term without its description; [retype] corrects it where the protocol has one.
func guessTerm(name, value string) sdk.Term {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return sdk.NumberTerm(name, n)
	}
	return sdk.WordsTerm(name, words(value)...)
}

// retype gives the terms the kinds that the protocol's description says. Without one, digits are numbers, and
// everything else is a set of words.
func retype(p sdk.Protocol, terms sdk.Terms) sdk.Terms {
	d, ok := p.(sdk.Described)
	if !ok {
		return terms
	}
	specs := d.Describe()
	for i, t := range terms {
		for _, s := range append(specs.Terms, specs.Settings...) {
			if s.Name == t.Name && s.Kind != t.Kind {
				terms[i] = convert(t, s.Kind)
			}
		}
	}
	return terms
}

func convert(t sdk.Term, k sdk.TermKind) sdk.Term {
	switch k {
	case sdk.TermFlag:
		return sdk.FlagTerm(t.Name, t.Number != 0 || len(t.Words) == 1 && t.Words[0] == "true")
	case sdk.TermWords:
		return sdk.WordsTerm(t.Name, strconv.FormatInt(t.Number, 10))
	}
	return t
}

func retypeMessage(p sdk.Protocol, m *sdk.Message) {
	switch {
	case m.Hello != nil:
		m.Hello.Terms = retype(p, m.Hello.Terms)
	case m.Welcome != nil:
		m.Welcome.Terms = retype(p, m.Welcome.Terms)
	case m.Request != nil:
		m.Request.Terms = retype(p, m.Request.Terms)
	case m.Grant != nil:
		m.Grant.Terms = retype(p, m.Grant.Terms)
	}
}

// parseEntries reads NAME:SIZE, NAME:SIZE:RIGHTS and FOLDER/ between commas; rights are r, w or both.
func parseEntries(value string) (list []sdk.DirEntry, err error) {
	for _, w := range words(value) {
		if name, ok := strings.CutSuffix(w, "/"); ok {
			list = append(list, sdk.DirEntry{Name: name, Dir: true})
			continue
		}
		name, size, _ := strings.Cut(w, ":")
		size, rights, _ := strings.Cut(size, ":")
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil || strings.Trim(rights, "rw") != "" {
			return nil, fmt.Errorf("entry %q is neither name:size, name:size:rw nor folder/", w)
		}
		list = append(list, sdk.DirEntry{Name: name, Size: n, Read: strings.Contains(rights, "r"), Write: strings.Contains(rights, "w")})
	}
	return list, nil
}

// parseSpace reads TOTAL,FREE,AVAILABLE,FILES,FREE FILES.
func parseSpace(value string) (*sdk.Space, error) {
	s := &sdk.Space{}
	if _, err := fmt.Sscanf(value, "%d,%d,%d,%d,%d", &s.Total, &s.Free, &s.Available, &s.Files, &s.FilesFree); err != nil {
		return nil, fmt.Errorf("space %q is not five numbers: %w", value, err)
	}
	return s, nil
}

// differs compares an event with what a step wants of it and says where they part, or "". Data bytes and record ends
// are compared by the player, which may find them in several pieces.
func (st *step) differs(p sdk.Protocol, got sdk.Event) string {
	if got.Kind != st.kind {
		return fmt.Sprintf("event %s, want %s", describe(got), st.kind)
	}
	for _, f := range st.fields {
		if st.kind == sdk.KindData && (f.name == "bytes" || f.name == "record_end") {
			continue
		}
		if f.name == "ok" {
			if got.Refusal != nil {
				return fmt.Sprintf("%s with %v, want none", st.kind, got.Refusal)
			}
			continue
		}
		_, sub, _ := strings.Cut(f.name, ".")
		v, _ := find(&got, f.name, false)
		if !v.IsValid() {
			return fmt.Sprintf("%s without %s, want %q", st.kind, f.name, f.value)
		}
		if s := show(v, sub); s != f.value && !sameBool(v, s, f.value) {
			return fmt.Sprintf("%s with %s=%q, want %q", st.kind, f.name, s, f.value)
		}
	}
	if !st.exact {
		return ""
	}
	want, _ := st.message()
	retypeMessage(p, &want)
	if want.Refusal != nil && got.Refusal != nil {
		r := *got.Refusal
		want.Refusal.Detail, r.Cause, r.Detail = "", nil, ""
		got.Refusal = &r
	}
	if !reflect.DeepEqual(normal(want), normal(got)) {
		return fmt.Sprintf("event %s, want exactly %s", describe(got), describe(want))
	}
	return ""
}

func sameBool(v reflect.Value, a, b string) bool {
	if v.Kind() != reflect.Bool {
		return false
	}
	x, _ := strconv.ParseBool(a)
	y, err := strconv.ParseBool(b)
	return err == nil && x == y
}

// normal drops what the player compares itself, and empty slices.
func normal(m sdk.Message) sdk.Message {
	if m.Kind == sdk.KindData {
		m.Bytes, m.RecordEnd = nil, false
	}
	if len(m.State) == 0 {
		m.State = nil
	}
	return m
}

// describe writes an event down with every field that is not zero.
func describe(m sdk.Message) string {
	var b strings.Builder
	b.WriteString(m.Kind.String())
	v := reflect.ValueOf(m)
	for i := 1; i < v.NumField(); i++ {
		f := v.Field(i)
		if f.IsZero() {
			continue
		}
		if f.Kind() == reflect.Pointer {
			if e, ok := f.Interface().(error); ok {
				fmt.Fprintf(&b, " %v", e)
				continue
			}
			fmt.Fprintf(&b, " %+v", f.Elem().Interface())
			continue
		}
		fmt.Fprintf(&b, " %s=%.80q", snake(v.Type().Field(i).Name), show(f, ""))
	}
	return b.String()
}
