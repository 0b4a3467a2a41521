package config

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// report gathers faults and finds out where each of them is.
type report struct {
	places *places
	faults Faults
	broken map[string]bool // parts with faults in their structure: nothing more is said about them; "" is everything
}

// places tells where each value and key of the merged layers comes from, by [Path.String].
type places struct {
	values, keys map[string]Origin
}

func newPlaces() *places { return &places{map[string]Origin{}, map[string]Origin{}} }

// drop forgets the place of a value that another layer replaces, and of all it held.
func (p *places) drop(at Path) {
	name := at.String()
	inside := func(key string, _ Origin) bool {
		rest, ok := strings.CutPrefix(key, name)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	}
	maps.DeleteFunc(p.values, inside)
	maps.DeleteFunc(p.keys, inside)
}

// find returns the place of a value, or of the closest thing around it that is written anywhere.
func (p *places) find(at Path) Origin {
	for n := len(at); n >= 0; n-- {
		if o, ok := p.values[at[:n].String()]; ok {
			return o
		}
	}
	return Origin{Layer: LayerDefault}
}

// key returns the place of a key.
func (p *places) key(at Path) Origin {
	if o, ok := p.keys[at.String()]; ok {
		return o
	}
	return p.find(at)
}

// forgive takes the faulty values out, so that the rest can be checked for what it means, and remembers which parts
// they were in: more faults of such a part would only confuse.
func (r *report) forgive(values map[string]any) {
	r.broken = map[string]bool{}
	for _, f := range r.faults {
		if len(f.Path) == 0 {
			continue
		}
		if f.stray {
			remove(values, f.Path)
			continue
		}
		part := f.Path[:min(2, len(f.Path))]
		r.broken[part.String()] = true
		if top, ok := fieldAt(f.Path[:1]); len(f.Path) == 1 && ok && top.typ.Kind() == reflect.Map {
			r.broken[""] = true // others refer to what it names
		}
		remove(values, f.Path)
	}
}

// remove deletes what stands at a path: a whole list for one of its items, an empty group for a named thing.
func remove(values map[string]any, at Path) {
	for i, s := range at {
		last := i == len(at)-1 || at[i+1].List
		inner, ok := values[s.Key].(map[string]any)
		switch {
		case last && i == 1 && named(at[:2]) && !ok:
			values[s.Key] = map[string]any{}
			return
		case last && !named(at[:i+1]):
			delete(values, s.Key)
			return
		case !ok:
			return
		}
		values = inner
	}
}

// named says whether a path is that of a thing with a name, like partners.PARIS.
func named(at Path) bool {
	if len(at) != 2 {
		return false
	}
	around, ok := fieldAt(at[:1])
	return ok && around.typ.Kind() == reflect.Map && around.typ.Elem().Kind() == reflect.Struct
}

// fault adds a fault at a value.
func (r *report) fault(at Path, format string, args ...any) {
	if r.silent(at) {
		return
	}
	r.add(Fault{Origin: r.places.find(at), Path: at, What: fmt.Sprintf(format, args...)})
}

func (r *report) silent(at Path) bool {
	return len(at) > 0 && (r.broken[at[:1].String()] || r.broken[at[:min(2, len(at))].String()])
}

// has reports whether something at a value, or in it, is wrong.
func (r *report) has(at Path) bool {
	return r.silent(at) || slices.ContainsFunc(r.faults, func(f Fault) bool {
		return len(f.Path) >= len(at) && slices.Equal(f.Path[:len(at)], at)
	})
}

// keyFault adds a fault at a key.
func (r *report) keyFault(at Path, format string, args ...any) {
	if r.silent(at) {
		return
	}
	r.add(Fault{Origin: r.places.key(at), Path: at, What: fmt.Sprintf(format, args...)})
}

// strayKey adds a fault at a key that is not known.
func (r *report) strayKey(at Path, hint string) {
	r.add(Fault{Origin: r.places.key(at), Path: at, What: "there is no such key" + hint, stray: true})
}

func (r *report) add(f ...Fault) { r.faults = append(r.faults, f...) }

// err returns the faults in the order of a reader, each once, or nil.
func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Origin.rank(), b.Origin.rank()), cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Origin.Col, b.Origin.Col), cmp.Compare(a.Origin.Name, b.Origin.Name), cmp.Compare(a.Path.String(), b.Path.String()))
	})
	return slices.CompactFunc(r.faults, func(a, b Fault) bool { return a.Error() == b.Error() })
}

func (o Origin) rank() int {
	return slices.Index([]string{LayerFile, LayerEnvironment, LayerSet, LayerDefault}, o.Layer)
}
