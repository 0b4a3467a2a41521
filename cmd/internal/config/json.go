package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// parseJSON reads one JSON value. Each key and value gets its place from the decoder's offset.
func parseJSON(data []byte) (*node, []Fault) {
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		at := len(data)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = int(syntax.Offset) - 1
		}
		return nil, []Fault{parseFault(lineCol(data, at), nil, "not JSON: "+err.Error())}
	}
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	out := r.read(nil, 0)
	return out, r.faults
}

// jsonReader walks the tokens of a text that is known to be JSON.
type jsonReader struct {
	data   []byte
	dec    *json.Decoder
	faults []Fault
}

// next returns the next token and where it begins.
func (r *jsonReader) next() (json.Token, place) {
	at := int(r.dec.InputOffset())
	for at < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	t, _ := r.dec.Token()
	return t, lineCol(r.data, at)
}

func (r *jsonReader) read(at Path, depth int) *node {
	t, here := r.next()
	n := &node{at: here, key: here}
	if depth == maxDepth+1 {
		r.faults = append(r.faults, parseFault(here, at, "is nested too deeply"))
	}
	switch t {
	case json.Delim('{'):
		n.fields = map[string]*node{}
		for r.dec.More() {
			name, key := r.next()
			text, _ := name.(string)
			c := r.read(at.Key(text), depth+1)
			c.key = key
			if !n.put(text, c) {
				r.faults = append(r.faults, duplicate(key, at.Key(text), n.fields[text].key))
			}
		}
		r.next()
	case json.Delim('['):
		n.list = true
		for i := 0; r.dec.More(); i++ {
			n.items = append(n.items, r.read(at.Item(i), depth+1))
		}
		r.next()
	default:
		n.value = jsonScalar(t)
	}
	return n
}

func jsonScalar(t json.Token) any {
	number, ok := t.(json.Number)
	if !ok {
		return t
	}
	if i, err := number.Int64(); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(number.String(), 64); err == nil {
		return f
	}
	return number.String()
}
