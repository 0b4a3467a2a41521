package session_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// testFilter is an exit that filters in one of these ways:
//
//	sum     each byte becomes the sum of all so far, modulo 10, as a digit; keeps its state
//	stuck   the same, and cannot give its state
//	long    the same, and its state is too long
//	forgets the same, and does not take its state back
//	plus    each digit becomes the next one; has no state and keeps lengths
//	repeat  each byte three times, two bytes an answer
//	cut     ends the file before a dot
//	reject  refuses a block with an X
//	late    is late with a block that has an L
//	liar    says that it keeps lengths, and writes each byte twice
type testFilter struct{ how, version string }

func (f testFilter) Version() string { return f.version }

func (f testFilter) FilterTraits() sdk.FilterTraits {
	plain := f.how == "plus" || f.how == "liar"
	return sdk.FilterTraits{ChangesLength: !plain, State: !plain}
}

func (f testFilter) OpenFilter(context.Context, sdk.Question) (sdk.Filter, error) {
	return &filtering{how: f.how}, nil
}

// filtering is one transfer's.
type filtering struct {
	how string
	sum byte
	buf []byte
}

func (f *filtering) Block(in []byte, _ bool) (sdk.Filtered, error) {
	text := string(in)
	switch f.how {
	case "sum", "stuck", "long", "forgets":
		for i, b := range in {
			f.sum = (f.sum + b - '0') % 10
			in[i] = '0' + f.sum
		}
	case "plus":
		for i := range in {
			in[i]++
		}
	case "liar":
		return sdk.Filtered{Bytes: []byte(text + text)}, nil
	case "repeat":
		for _, b := range in {
			f.buf = append(f.buf, b, b, b)
		}
		n := min(2, len(f.buf))
		out := f.buf[:n]
		f.buf = f.buf[n:]
		return sdk.Filtered{Bytes: out, More: len(f.buf) > 0}, nil
	case "cut":
		if i := strings.IndexByte(text, '.'); i >= 0 {
			return sdk.Filtered{Bytes: in[:i], End: true}, nil
		}
	case "reject":
		if strings.Contains(text, "X") {
			return sdk.Filtered{}, sdk.Refuse(sdk.DataRejected, "an X")
		}
	case "late":
		if strings.Contains(text, "L") {
			time.Sleep(10 * time.Second)
		}
	}
	return sdk.Filtered{Bytes: in}, nil
}

func (f *filtering) Snapshot() ([]byte, error) {
	switch f.how {
	case "stuck":
		return nil, errors.New("told to be stuck")
	case "long":
		return make([]byte, sdk.MaxFilterState+1), nil
	}
	return []byte{f.sum}, nil
}

func (f *filtering) Restore(state []byte) error {
	if f.how == "forgets" {
		return errors.New("told to forget")
	}
	f.sum = state[0]
	return nil
}

func (f *filtering) Close() error { return nil }

// filter sets the filters of the sessions to come: HOW@VERSION,...
func (h *testHouse) filter(list string) {
	h.filters = nil
	for _, f := range strings.Split(list, ",") {
		if how, version, _ := strings.Cut(f, "@"); how != "none" {
			h.filters = append(h.filters, chain.Link{Name: how, Filter: testFilter{how, version}})
		}
	}
}
