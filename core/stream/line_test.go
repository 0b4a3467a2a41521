package stream

import (
	"bytes"
	"context"
	"fmt"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// opened is an exit whose transfers share one filter, with what it says of itself.
type opened struct {
	sdk.Filter
	traits  sdk.FilterTraits
	version string
}

func (o opened) OpenFilter(context.Context, sdk.Question) (sdk.Filter, error) { return o.Filter, nil }
func (o opened) FilterTraits() sdk.FilterTraits                               { return o.traits }
func (o opened) Version() string                                              { return o.version }

// line makes one of filters, in order; none is nil.
func line(filters ...sdk.Filter) Filters { return lineFrom(nil, filters...) }

// lineFrom goes on where a line of the same filters was.
func lineFrom(state []byte, filters ...sdk.Filter) Filters { return lineOf("1", state, filters...) }

// lineOf makes one of filters of a version.
func lineOf(version string, state []byte, filters ...sdk.Filter) Filters {
	if len(filters) == 0 {
		return nil
	}
	c := chain.Config{Points: chain.Lists{sdk.PointIdentify: nil, sdk.PointAuthorize: nil, sdk.PointMessage: nil}}
	for i, f := range filters {
		_, state := f.(sdk.StatefulFilter)
		name := fmt.Sprintf("f%d", i)
		o := opened{f, sdk.FilterTraits{ChangesLength: true, State: state}, version}
		c.Exits = append(c.Exits, chain.Link{Name: name, Filter: o})
		c.Points[sdk.PointFilter] = append(c.Points[sdk.PointFilter], name)
	}
	set, err := chain.New(c)
	if err != nil {
		panic(err)
	}
	facts := &sdk.Facts{Filter: &sdk.FilterFacts{}}
	if bytes.Equal(state, Stuck()) {
		panic("the filters were stuck")
	}
	if state != nil && !set.Resumable(facts, chain.Scope{}, state) {
		panic("the filters cannot go on from this state")
	}
	f, err := set.Filters(context.Background(), facts, chain.Scope{}, state)
	if err != nil {
		panic(err)
	}
	return f
}

// summed makes of each byte the sum of all so far. It lends its memory.
type summed struct {
	sum byte
	mem [1000]byte
}

func (f *summed) Buffer() []byte { return f.mem[:] }
func (f *summed) Block(in []byte, _ bool) (sdk.Filtered, error) {
	for i := range in {
		f.sum += in[i]
		in[i] = f.sum
	}
	return sdk.Filtered{Bytes: in}, nil
}
func (f *summed) Snapshot() ([]byte, error)  { return []byte{f.sum}, nil }
func (f *summed) Restore(state []byte) error { f.sum = state[0]; return nil }
func (f *summed) Close() error               { return nil }

// thrice gives every byte three times, by More.
type thrice struct {
	left []byte
	out  []byte
}

func (f *thrice) Block(in []byte, _ bool) (sdk.Filtered, error) {
	f.left = append(f.left, in...)
	n := min(len(f.left), 300)
	f.out = f.out[:0]
	for _, b := range f.left[:n] {
		f.out = append(f.out, b, b, b)
	}
	f.left = append(f.left[:0], f.left[n:]...)
	return sdk.Filtered{Bytes: f.out, More: len(f.left) > 0}, nil
}
func (f *thrice) Close() error { return nil }

// summedUp is what summed and thrice make of a file.
func summedUp(b []byte) []byte {
	out := make([]byte, 0, 3*len(b))
	var sum byte
	for _, c := range b {
		sum += c
		out = append(out, sum, sum, sum)
	}
	return out
}

// apart undoes what summed does.
type apart struct{ before byte }

func (f *apart) Block(in []byte, _ bool) (sdk.Filtered, error) {
	for i, b := range in {
		in[i], f.before = b-f.before, b
	}
	return sdk.Filtered{Bytes: in}, nil
}
func (f *apart) Snapshot() ([]byte, error)  { return []byte{f.before}, nil }
func (f *apart) Restore(state []byte) error { f.before = state[0]; return nil }
func (f *apart) Close() error               { return nil }
