package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// parseTOML reads a TOML file: the values by the decoder, the places by a walk over the syntax tree.
func parseTOML(data []byte) (*node, []Fault) {
	w := tomlWalk{data: data, places: map[string][2]place{}, lists: map[string]int{}, set: map[string]place{}}
	w.parser.Reset(data)
	for w.parser.NextExpression() {
		w.expression(w.parser.Expression())
	}
	values := map[string]any{}
	if err := toml.Unmarshal(data, &values); err != nil {
		var d *toml.DecodeError
		switch {
		case errors.As(err, &d):
			line, col := d.Position()
			lines := bytes.SplitAfter(data, []byte{'\n'})
			col = lineCol(lines[min(line, len(lines))-1], col-1).col
			return nil, []Fault{parseFault(place{line, col}, nil, "not TOML: "+strings.TrimPrefix(d.Error(), "toml: "))}
		case len(w.faults) > 0: // what the decoder found first is among them
		default:
			return nil, []Fault{parseFault(place{1, 1}, nil, "not TOML: "+strings.TrimPrefix(err.Error(), "toml: "))}
		}
		return nil, w.faults
	}
	return w.build(values, nil, place{1, 1}, 0), w.faults
}

// tomlWalk finds the place of every key and value.
type tomlWalk struct {
	parser unstable.Parser
	data   []byte
	table  Path                // of the current [table]
	places map[string][2]place // value and key, by path
	lists  map[string]int      // items so far of each [[list]]
	set    map[string]place    // keys given a value, and tables opened
	faults []Fault
}

func (w *tomlWalk) expression(n *unstable.Node) {
	switch n.Kind {
	case unstable.KeyValue:
		w.keyValue(n, w.table)
	case unstable.Table:
		w.table = w.keys(n, nil, true)
		w.once(n, w.table)
	case unstable.ArrayTable:
		list := w.keys(n, nil, true)
		i := w.lists[list.String()]
		w.lists[list.String()]++
		w.table = list.Item(i)
		w.places[w.table.String()] = w.places[list.String()]
	}
}

// keys returns the path of a dotted key below at and writes down where its parts are. In the head of a table a part
// that is a [[list]] stands for its last item.
func (w *tomlWalk) keys(n *unstable.Node, at Path, head bool) Path {
	for it := n.Key(); it.Next(); {
		if count := w.lists[at.String()]; head && count > 0 && len(at) > 0 {
			at = at.Item(count - 1)
		}
		at = at.Key(string(it.Node().Data))
		key := lineCol(w.data, int(it.Node().Raw.Offset))
		if _, ok := w.places[at.String()]; !ok {
			w.places[at.String()] = [2]place{key, key}
		}
	}
	return at
}

func (w *tomlWalk) keyValue(n *unstable.Node, table Path) {
	at := w.keys(n, table, false)
	end := 0
	for it := n.Key(); it.Next(); {
		end = int(it.Node().Raw.Offset + it.Node().Raw.Length)
	}
	w.once(n, at)
	for end < len(w.data) && strings.IndexByte(" \t=", w.data[end]) >= 0 {
		end++
	}
	p := w.places[at.String()]
	p[0] = lineCol(w.data, end)
	w.places[at.String()] = p
	w.value(n.Value(), at, p[0])
}

func (w *tomlWalk) value(n *unstable.Node, at Path, here place) {
	switch n.Kind {
	case unstable.InlineTable:
		for it := n.Children(); it.Next(); {
			w.keyValue(it.Node(), at)
		}
	case unstable.Array:
		i := 0
		for it := n.Children(); it.Next(); {
			c := it.Node()
			if c.Kind == unstable.Comment {
				continue
			}
			item := here
			if c.Raw.Length > 0 {
				item = lineCol(w.data, int(c.Raw.Offset))
			}
			w.places[at.Item(i).String()] = [2]place{item, item}
			w.value(c, at.Item(i), item)
			i++
		}
	}
}

// once reports a key or table that was there before.
func (w *tomlWalk) once(n *unstable.Node, at Path) {
	var here place
	for it := n.Key(); it.Next(); {
		here = lineCol(w.data, int(it.Node().Raw.Offset))
	}
	if first, ok := w.set[at.String()]; ok {
		w.faults = append(w.faults, duplicate(here, at, first))
		return
	}
	w.set[at.String()] = here
}

func (w *tomlWalk) build(v any, at Path, around place, depth int) *node {
	p, ok := w.places[at.String()]
	if !ok {
		p = [2]place{around, around}
	}
	n := &node{at: p[0], key: p[1]}
	if depth == maxDepth+1 {
		w.faults = append(w.faults, parseFault(n.at, at, "is nested too deeply"))
	}
	switch v := v.(type) {
	case map[string]any:
		n.fields = map[string]*node{}
		for k, x := range v {
			n.put(k, w.build(x, at.Key(k), n.at, depth+1))
		}
		sort.Slice(n.order, func(i, j int) bool {
			a, b := n.fields[n.order[i]].key, n.fields[n.order[j]].key
			return slices.Compare([]int{a.line, a.col}, []int{b.line, b.col}) < 0
		})
	case []any:
		n.list = true
		for i, x := range v {
			n.items = append(n.items, w.build(x, at.Item(i), n.at, depth+1))
		}
	case string, int64, float64, bool:
		n.value = v
	default:
		n.value = fmt.Sprint(v) // dates and times have no meaning of their own here
	}
	return n
}
