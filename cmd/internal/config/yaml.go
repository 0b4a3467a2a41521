package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML reads one YAML document. Anchors, aliases and merge keys work; a second document is a fault.
func parseYAML(data []byte) (*node, []Fault) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return newObject(place{1, 1}), nil
	}
	if err != nil {
		return nil, []Fault{yamlFault(err)}
	}
	if err := dec.Decode(&second); err == nil {
		return nil, []Fault{parseFault(place{second.Line, second.Column}, nil, "a second YAML document: one file is one configuration")}
	} else if !errors.Is(err, io.EOF) {
		return nil, []Fault{yamlFault(err)}
	}
	r := yamlReader{left: maxNodes}
	if len(doc.Content) == 0 {
		return newObject(place{1, 1}), nil
	}
	out := r.read(doc.Content[0], nil, 0)
	if r.over {
		return nil, r.faults
	}
	return out, r.faults
}

var yamlLine = regexp.MustCompile(`^line (\d+): `)

func yamlFault(err error) Fault {
	what, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if m := yamlLine.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = strings.TrimPrefix(what, m[0])
	}
	if strings.HasSuffix(what, "cannot start any token") {
		what += "; if it is a tab: YAML is indented with blanks"
	}
	return parseFault(place{line, 1}, nil, "not YAML: "+what)
}

type yamlReader struct {
	left   int  // nodes that may still be read
	over   bool // too many, or too deep: nothing is read any more
	faults []Fault
}

func (r *yamlReader) read(y *yaml.Node, at Path, depth int) *node {
	here := place{y.Line, y.Column}
	for y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	n := &node{at: here, key: here}
	r.left--
	switch {
	case r.over:
		return n
	case r.left <= 0:
		r.faults = append(r.faults, parseFault(here, nil, "holds too many values, aliases counted"))
	case depth > maxDepth:
		r.faults = append(r.faults, parseFault(here, at, "is nested too deeply"))
	}
	if r.over = r.left <= 0 || depth > maxDepth; r.over {
		return n
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.fields = map[string]*node{}
		r.fill(n, y, at, depth)
	case yaml.SequenceNode:
		n.list = true
		for i, c := range y.Content {
			n.items = append(n.items, r.read(c, at.Item(i), depth+1))
		}
	default:
		r.scalar(n, y, at)
	}
	return n
}

func (r *yamlReader) fill(n *node, y *yaml.Node, at Path, depth int) {
	var merged []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		here := place{k.Line, k.Column}
		for k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			r.faults = append(r.faults, parseFault(here, at, "a key must be plain text"))
			continue
		}
		if k.ShortTag() == "!!merge" {
			merged = append(merged, v)
			continue
		}
		c := r.read(v, at.Key(k.Value), depth+1)
		c.key = here
		if !n.put(k.Value, c) {
			r.faults = append(r.faults, duplicate(here, at.Key(k.Value), n.fields[k.Value].key))
		}
	}
	for _, m := range merged {
		r.merge(n, m, at, depth)
	}
}

// merge adds the fields of a merge key (<<) that the object does not have itself.
func (r *yamlReader) merge(n *node, y *yaml.Node, at Path, depth int) {
	from := r.read(y, at, depth+1)
	sources := from.items
	if !from.list {
		sources = []*node{from}
	}
	for _, s := range sources {
		if s.fields == nil {
			r.faults = append(r.faults, parseFault(from.at, at, "<< takes an object or a list of objects"))
			continue
		}
		for _, k := range s.order {
			n.put(k, s.fields[k])
		}
	}
}

func (r *yamlReader) scalar(n *node, y *yaml.Node, at Path) {
	var err error
	switch y.ShortTag() {
	case "!!null":
	case "!!bool":
		var b bool
		err = y.Decode(&b)
		n.value = b
	case "!!int":
		var i int64
		if err = y.Decode(&i); err != nil {
			n.value, err = y.Value, nil // too large for any number here: the schema says what is wanted
			break
		}
		n.value = i
	case "!!float":
		var f float64
		err = y.Decode(&f)
		n.value = f
	default:
		n.value = y.Value
	}
	if err != nil {
		r.faults = append(r.faults, parseFault(n.at, at, strconv.Quote(y.Value)+" is not what its tag says"))
		n.value = y.Value
	}
}
