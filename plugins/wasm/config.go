package wasm

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// config is the exit's own settings, by dotted names.
type config struct {
	whole string // the object as JSON without blanks; "" when there is none
	tree  map[string]json.RawMessage

	mu    sync.Mutex
	known map[string][]byte // values looked up before
}

// newConfig reads settings that were validated.
func newConfig(raw json.RawMessage) (*config, error) {
	c := &config{known: map[string][]byte{}}
	if len(raw) == 0 {
		return c, nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, err
	}
	c.whole = b.String()
	return c, json.Unmarshal(b.Bytes(), &c.tree)
}

// maxKnown bounds the values that are kept: a module may ask for any name.
const maxKnown = 256

func (c *config) get(key string) ([]byte, bool) {
	if key == "" {
		return []byte(c.whole), c.whole != ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.known[key]; ok {
		return v, true
	}
	v, ok := find(c.tree, key)
	if ok && len(c.known) < maxKnown {
		c.known[key] = v
	}
	return v, ok
}

// find looks a dotted name up. A member whose own name has dots is found by its whole name.
func find(tree map[string]json.RawMessage, key string) ([]byte, bool) {
	if v, ok := tree[key]; ok {
		var text string
		if json.Unmarshal(v, &text) == nil && len(v) > 0 && v[0] == '"' {
			return []byte(text), true
		}
		return v, true
	}
	first, rest, dotted := strings.Cut(key, ".")
	var below map[string]json.RawMessage
	if !dotted || json.Unmarshal(tree[first], &below) != nil {
		return nil, false
	}
	return find(below, rest)
}
