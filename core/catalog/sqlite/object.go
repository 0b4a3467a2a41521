package sqlite

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// object appends the fields of an object of JSON.
type object struct {
	b   []byte
	err error // of a value that JSON cannot hold

	at     time.Time // the last one, and where it stands: the decisions of a point are all of one
	atText [2]int
}

func (o *object) open() { o.b = append(o.b, '{') }

func (o *object) close() {
	if n := len(o.b); o.b[n-1] == ',' {
		o.b[n-1] = '}'
		return
	}
	o.b = append(o.b, '}')
}

func (o *object) name(name string) {
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(name, s string) {
	o.name(name)
	o.b = appendString(o.b, s)
	o.b = append(o.b, ',')
}

func (o *object) number(name string, n int64) {
	o.name(name)
	o.b = append(strconv.AppendInt(o.b, n, 10), ',')
}

func (o *object) flag(name string, v bool) {
	o.name(name)
	o.b = append(strconv.AppendBool(o.b, v), ',')
}

func (o *object) time(name string, t time.Time) {
	if y := t.Year(); t.Location() != time.UTC || y < 0 || y > 9999 {
		o.value(name, t)
		return
	}
	o.name(name)
	if o.atText[1] > 0 && t == o.at {
		o.b = append(append(o.b, o.b[o.atText[0]:o.atText[1]]...), ',')
		return
	}
	start := len(o.b)
	o.b = append(t.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
	o.at, o.atText = t, [2]int{start, len(o.b)}
	o.b = append(o.b, ',')
}

// value leaves a value to the library.
func (o *object) value(name string, v any) {
	b, err := json.Marshal(v)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.name(name)
	o.b = append(append(o.b, b...), ',')
}

// raw is JSON already, mostly as the library writes it.
func (o *object) raw(name string, v json.RawMessage) {
	if !slices.ContainsFunc(v, isEscaped) && json.Valid(v) {
		o.name(name)
		o.b = append(append(o.b, v...), ',')
		return
	}
	o.value(name, v)
}

// isEscaped says whether the library may write a byte of JSON otherwise.
func isEscaped(c byte) bool { return c <= ' ' || c > '~' || c == '<' || c == '>' || c == '&' }

// bytes are in base64.
func (o *object) bytes(name string, v []byte) {
	o.name(name)
	if v == nil {
		o.b = append(o.b, "null,"...)
		return
	}
	o.b = base64.StdEncoding.AppendEncode(append(o.b, '"'), v)
	o.b = append(o.b, '"', ',')
}

func (o *object) textIf(name, s string) {
	if s != "" {
		o.text(name, s)
	}
}

func (o *object) numberIf(name string, n int64) {
	if n != 0 {
		o.number(name, n)
	}
}

func (o *object) flagIf(name string, v bool) {
	if v {
		o.flag(name, v)
	}
}

func (o *object) timeIf(name string, t time.Time) {
	if !t.IsZero() {
		o.time(name, t)
	}
}

// escaped are the bytes that the library may write otherwise in a text.
var escaped = func() (is [256]bool) {
	for c := range is {
		is[c] = isEscaped(byte(c)) && c != ' ' || c == '"' || c == '\\'
	}
	return is
}()

// appendString appends a text in quotes.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if escaped[s[i]] {
			q, _ := json.Marshal(s) // of a text, it cannot fail
			return append(b, q...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// dictIf appends texts by name, in the order of the names.
func (o *object) dictIf(name string, texts map[string]string) {
	if len(texts) == 0 {
		return
	}
	o.name(name)
	o.open()
	keys := make([]string, 0, 16)
	for key := range texts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		o.b = append(appendString(o.b, key), ':')
		o.b = append(appendString(o.b, texts[key]), ',')
	}
	o.close()
	o.b = append(o.b, ',')
}

func (o *object) words(words []string) {
	list(o, words, func(w string) { o.b = appendString(o.b, w) })
}

// list appends an array; one appends an element of it.
func list[T any](o *object, all []T, one func(T)) {
	o.b = append(o.b, '[')
	for i, v := range all {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		one(v)
	}
	o.b = append(o.b, ']')
}
