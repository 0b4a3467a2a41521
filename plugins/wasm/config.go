package wasm

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// config is the exit's own settings, by dotted names. It is read once, so that a module may ask as often as it likes.
type config struct {
	whole []byte // the object as JSON without blanks; nil when there is none
	tree  map[string]*setting
}

// setting is one value: text as it is, anything else as JSON.
type setting struct {
	value []byte
	below map[string]*setting // of an object by its names, of a list by its places from 0
}

// newConfig reads settings that were validated.
func newConfig(raw json.RawMessage) (*config, error) {
	if len(raw) == 0 {
		return &config{}, nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, err
	}
	tree, err := settingsBelow(b.Bytes(), maxKey)
	return &config{whole: b.Bytes(), tree: tree}, err
}

// settingsBelow reads an object, as deep as a name can reach.
func settingsBelow(object []byte, depth int) (map[string]*setting, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, err
	}
	tree := make(map[string]*setting, len(members))
	for name, raw := range members {
		s, err := newSetting(raw, depth)
		if err != nil {
			return nil, err
		}
		tree[name] = s
	}
	return tree, nil
}

func newSetting(raw json.RawMessage, depth int) (*setting, error) {
	s := &setting{value: raw}
	var err error
	switch {
	case raw[0] == '"':
		var text string
		err = json.Unmarshal(raw, &text)
		s.value = []byte(text)
	case raw[0] == '{' && depth > 1:
		s.below, err = settingsBelow(raw, depth-1)
	case raw[0] == '[' && depth > 1:
		s.below, err = settingsOf(raw, depth-1)
	}
	return s, err
}

// settingsOf reads a list: its members are named by their places.
func settingsOf(list []byte, depth int) (map[string]*setting, error) {
	var members []json.RawMessage
	if err := json.Unmarshal(list, &members); err != nil {
		return nil, err
	}
	tree := make(map[string]*setting, len(members))
	for i, raw := range members {
		s, err := newSetting(raw, depth)
		if err != nil {
			return nil, err
		}
		tree[strconv.Itoa(i)] = s
	}
	return tree, nil
}

// get finds a value by its name, the whole object by the empty one. What it gives is not changed.
func (c *config) get(key string) ([]byte, bool) {
	if key == "" {
		return c.whole, c.whole != nil
	}
	return find(c.tree, key)
}

// find looks a dotted name up. A member whose own name has dots is found by its whole name.
func find(tree map[string]*setting, key string) ([]byte, bool) {
	if s, ok := tree[key]; ok {
		return s.value, true
	}
	first, rest, dotted := strings.Cut(key, ".")
	if s := tree[first]; dotted && s != nil {
		return find(s.below, rest)
	}
	return nil, false
}
