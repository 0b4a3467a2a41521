package chain

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

// lender is a filter that works in memory of its own.
type lender struct {
	mem     []byte
	work    func(in []byte, last bool) (sdk.Filtered, error)
	state   []byte
	traits  sdk.FilterTraits
	version string
	shown   *[]sdk.FilterFacts // what it was opened with
}

func (l *lender) OpenFilter(_ context.Context, q sdk.Question) (sdk.Filter, error) {
	if l.shown != nil {
		*l.shown = append(*l.shown, *q.Facts.Filter)
	}
	return l, nil
}
func (l *lender) FilterTraits() sdk.FilterTraits                   { return l.traits }
func (l *lender) Version() string                                  { return l.version }
func (l *lender) Buffer() []byte                                   { return l.mem }
func (l *lender) Block(in []byte, last bool) (sdk.Filtered, error) { return l.work(in, last) }
func (l *lender) Snapshot() ([]byte, error)                        { return l.state, nil }
func (l *lender) Restore(state []byte) error                       { l.state = bytes.Clone(state); return nil }
func (l *lender) Close() error                                     { return nil }
func same(in []byte, _ bool) (sdk.Filtered, error)                 { return sdk.Filtered{Bytes: in}, nil }
func inside(span, mem []byte) bool                                 { return len(span) > 0 && &span[0] == &mem[0] }
func lends(n int, w func([]byte, bool) (sdk.Filtered, error)) *lender {
	return &lender{mem: make([]byte, n), work: w, version: "1", traits: sdk.FilterTraits{ChangesLength: true, State: true}}
}

func TestABlockIsGatheredAndGivenWhereTheFilterWorks(t *testing.T) {
	var lengths []int
	a := lends(8, func(in []byte, _ bool) (sdk.Filtered, error) {
		lengths = append(lengths, len(in))
		return sdk.Filtered{Bytes: in}, nil
	})
	f := openFilters(t, filtering(t, Link{Name: "a", Filter: a}), sdk.Receive)
	defer f.Close()
	if !inside(f.Room(), a.mem) {
		t.Fatal("the block is gathered elsewhere")
	}
	for _, s := range []string{"ab", "cd", "efgh"} {
		f.Put(copy(f.Room(), s))
	}
	out, ok, err := f.Next()
	if string(out) != "abcdefgh" || !ok || err != nil || !inside(out, a.mem) {
		t.Errorf("%q, %v, %v: it was copied", out, ok, err)
	}
	if _, ok, _ := f.Next(); ok || len(lengths) != 1 {
		t.Errorf("more came out; blocks of %v bytes", lengths)
	}
	f.Put(copy(f.Room(), "x"))
	if _, ok, _ := f.Next(); ok {
		t.Error("a block that is not full was given before it had to")
	}
	f.Flush()
	if out, ok, _ := f.Next(); !ok || string(out) != "x" {
		t.Errorf("flushed %q, %v", out, ok)
	}
}

func TestAFilterThatGetsLongerNeedsNoMoreThanABlock(t *testing.T) {
	const times = 1000
	var in []byte
	n := 0
	grow := lends(16, func(b []byte, _ bool) (sdk.Filtered, error) {
		if len(b) > 0 {
			in, n = bytes.Clone(b), 0
		}
		n++
		return sdk.Filtered{Bytes: in, More: n < times}, nil
	})
	second := lends(64, same)
	f := openFilters(t, filtering(t, Link{Name: "grow", Filter: grow}, Link{Name: "next", Filter: second}), sdk.Receive)
	defer f.Close()
	out, _, err := pass(f, bytes.Repeat([]byte("0123456789abcdef"), 4), true)
	if want := strings.Repeat("0123456789abcdef", 4*times); string(out) != want || err != nil {
		t.Errorf("%d bytes came out, want %d; %v", len(out), len(want), err)
	}
}

func TestAFilterThatAlwaysHasMoreIsLate(t *testing.T) {
	endless := lends(16, func([]byte, bool) (sdk.Filtered, error) { return sdk.Filtered{Bytes: []byte("x"), More: true}, nil })
	f := openFilters(t, filtering(t, Link{Name: "x", Filter: endless, Deadline: 20 * time.Millisecond}), sdk.Receive)
	defer f.Close()
	f.Put(copy(f.Room(), "a"))
	f.Flush()
	for {
		if _, _, err := f.Next(); err != nil {
			if sdk.CodeOf(err) != sdk.ExitFailed || !errors.Is(err, ErrLate) {
				t.Errorf("got %v", err)
			}
			return
		}
	}
}

func TestAnEndIsAnEndOnceThereIsNoMore(t *testing.T) {
	left := 3
	end := lends(16, func([]byte, bool) (sdk.Filtered, error) {
		left--
		return sdk.Filtered{Bytes: []byte("x"), More: left > 0, End: true}, nil
	})
	var lasts []bool
	behind := lends(16, func(in []byte, last bool) (sdk.Filtered, error) {
		lasts = append(lasts, last)
		return sdk.Filtered{Bytes: in}, nil
	})
	f := openFilters(t, filtering(t, Link{Name: "end", Filter: end}, Link{Name: "behind", Filter: behind}), sdk.Receive)
	defer f.Close()
	out, ended, err := pass(f, []byte("a"), false)
	if string(out) != "xxx" || !ended || err != nil || len(lasts) != 1 || !lasts[0] {
		t.Errorf("%q, ended %v, %v, the next one was told last: %v", out, ended, err, lasts)
	}
}

func TestAnotherAttemptGoesOnWhereFiltersWere(t *testing.T) {
	var shown []sdk.FilterFacts
	double := lends(64, func(in []byte, _ bool) (sdk.Filtered, error) { return sdk.Filtered{Bytes: append(in, in...)}, nil })
	double.state, double.shown = []byte("there"), &shown
	plain := lends(64, same)
	plain.traits, plain.shown = sdk.FilterTraits{}, &shown
	for _, d := range []sdk.Direction{sdk.Receive, sdk.Send} {
		s := filtering(t, Link{Name: "double", Filter: double}, Link{Name: "plain", Filter: plain})
		f := openFilters(t, s, d)
		pass(f, []byte("abc"), false)
		state := f.Snapshot()
		f.Close()
		shown, double.state = nil, nil
		if state == nil || !s.Resumable(facts(), Scope{}, state) {
			t.Fatalf("%s: the filters cannot go on from %x", d, state)
		}
		with := facts()
		with.Filter = &sdk.FilterFacts{Direction: d}
		again, err := s.Filters(t.Context(), with, Scope{}, state)
		if err != nil {
			t.Fatal(err)
		}
		if in, out := again.Offsets(); in != 3 || out != 6 || string(double.state) != "there" {
			t.Errorf("%s: at %d and %d with the state %q", d, in, out, double.state)
		}
		want := []sdk.FilterFacts{{Direction: d, WireOffset: 3, FileOffset: 6}, {Direction: d, WireOffset: 6, FileOffset: 6}}
		if d == sdk.Send {
			want = []sdk.FilterFacts{{Direction: d, FileOffset: 3, WireOffset: 3}, {Direction: d, FileOffset: 3, WireOffset: 6}}
		}
		if len(shown) != 2 || shown[0] != want[0] || shown[1] != want[1] {
			t.Errorf("%s: opened with %+v, want %+v", d, shown, want)
		}
		again.Close()
		for name, broken := range map[string][]byte{"cut": state[:len(state)-1], "of nothing": {0}, "longer": append(bytes.Clone(state), 1)} {
			if s.Resumable(facts(), Scope{}, broken) {
				t.Errorf("a state that is %s was taken", name)
			}
		}
		double.state = []byte("there")
	}
}

func TestFiltersOfAnotherVersionNameOrOrderDoNotGoOn(t *testing.T) {
	a, b := Link{Name: "a", Filter: lends(8, same)}, Link{Name: "b", Filter: lends(8, same)}
	f := openFilters(t, filtering(t, a, b), sdk.Receive)
	state := f.Snapshot()
	f.Close()
	other, unnamed := lends(8, same), lends(8, same)
	other.version, unnamed.version = "2", ""
	for name, links := range map[string][]Link{
		"another order": {b, a}, "one less": {a}, "none": nil,
		"another name":    {a, {Name: "c", Filter: b.Filter}},
		"another version": {a, {Name: "b", Filter: other}},
		"no version":      {a, {Name: "b", Filter: unnamed}},
	} {
		if filtering(t, links...).Resumable(facts(), Scope{}, state) {
			t.Errorf("%s: goes on", name)
		}
	}
	f = openFilters(t, filtering(t, Link{Name: "b", Filter: unnamed}), sdk.Receive)
	defer f.Close()
	if f.Snapshot() != nil {
		t.Error("a filter without a version gave a state")
	}
}
