package config

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// maxDepth and maxNodes bound what a file may hold: deeper or longer ones are refused, aliases of YAML counted.
const (
	maxDepth = 32
	maxNodes = 1 << 19
)

// node is a value of a file with its place.
type node struct {
	value  any              // of a scalar: string, int64, float64, bool or nil
	fields map[string]*node // of an object; nil otherwise
	order  []string         // the keys of an object as they stand in the file
	items  []*node          // of a list
	list   bool
	at     place // of the value
	key    place // of its key; of the value itself in a list
}

// place is a line and a column in characters, from 1 on.
type place struct{ line, col int }

func newObject(at place) *node { return &node{fields: map[string]*node{}, at: at, key: at} }

// put adds a field; ok is false when the key is there already.
func (n *node) put(key string, v *node) (ok bool) {
	if _, found := n.fields[key]; found {
		return false
	}
	n.fields[key] = v
	n.order = append(n.order, key)
	return true
}

// plain returns the value as maps, slices and scalars.
func (n *node) plain() any {
	switch {
	case n.fields != nil:
		out := make(map[string]any, len(n.fields))
		for k, v := range n.fields {
			out[k] = v.plain()
		}
		return out
	case n.list:
		out := make([]any, len(n.items))
		for i, v := range n.items {
			out[i] = v.plain()
		}
		return out
	}
	return n.value
}

// mark writes down where the node and all it holds come from. An object is at its key, anything else at its value.
func (n *node) mark(p *places, at Path, origin func(place) Origin) {
	p.keys[at.String()] = origin(n.key)
	if n.fields == nil {
		p.values[at.String()] = origin(n.at)
	} else {
		p.values[at.String()] = origin(n.key)
	}
	for k, v := range n.fields {
		v.mark(p, at.Key(k), origin)
	}
	for i, v := range n.items {
		v.mark(p, at.Item(i), origin)
	}
}

// lineCol finds the place of a byte offset.
func lineCol(data []byte, offset int) place {
	lead := data[:min(max(offset, 0), len(data))]
	start := bytes.LastIndexByte(lead, '\n') + 1
	return place{bytes.Count(lead, []byte{'\n'}) + 1, utf8.RuneCount(lead[start:]) + 1}
}

// parser turns one file into a tree; faults bear no file name yet.
type parser func(data []byte) (*node, []Fault)

// parseFault makes a fault at a place.
func parseFault(at place, key Path, what string) Fault {
	return Fault{Origin: Origin{Layer: LayerFile, Line: at.line, Col: at.col}, Path: key, What: what}
}

func duplicate(at place, key Path, first place) Fault {
	return parseFault(at, key, "is given twice, first in line "+strconv.Itoa(first.line))
}
