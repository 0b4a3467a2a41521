package config

import (
	"cmp"
	"fmt"
	"slices"
)

// report gathers faults and finds out where each of them is.
type report struct {
	places places
	faults Faults
}

// places tells where each value of the merged layers comes from, by [Path.String].
type places map[string]Origin

// find returns the place of a value, or of the closest thing around it that is written anywhere.
func (p places) find(at Path) Origin {
	for n := len(at); n >= 0; n-- {
		if o, ok := p[at[:n].String()]; ok {
			return o
		}
	}
	return Origin{Layer: LayerDefault}
}

func (r *report) fault(at Path, format string, args ...any) {
	r.add(Fault{Origin: r.places.find(at), Path: at, What: fmt.Sprintf(format, args...)})
}

func (r *report) add(f Fault) { r.faults = append(r.faults, f) }

// err returns the faults in the order of a reader, each once, or nil.
func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Origin.rank(), b.Origin.rank()), cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Origin.Col, b.Origin.Col), cmp.Compare(a.Origin.Name, b.Origin.Name))
	})
	return slices.CompactFunc(r.faults, func(a, b Fault) bool { return a.Error() == b.Error() })
}

func (o Origin) rank() int {
	return slices.Index([]string{LayerDefault, LayerFile, LayerEnvironment, LayerSet}, o.Layer)
}
