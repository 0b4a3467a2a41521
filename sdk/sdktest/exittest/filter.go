package exittest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/postern/postern/sdk"
)

// What [ReferenceFilter] does stands in the session fact of its question, besides DoRefuse and DoFail, which are
// answers to opening it.
const (
	DoCopy      = "copy"
	DoInvert    = "invert"    // every bit, in place
	DoDouble    = "double"    // every byte twice
	DoHold      = "hold"      // nothing until the last block, then all of it
	DoCut       = "cut"       // ends the file after 5 bytes
	DoRepeat    = "repeat"    // every byte three times, at most four bytes an answer: the rest by More
	DoSum       = "sum"       // every byte becomes the sum of all so far, modulo 256; its state is that one byte
	DoReject    = "reject"    // refuses with [Refusal] at the second block
	DoFailLater = "faillater" // fails at the second block
)

// ReferenceFilter is the filter that every way of loading filters must be able to carry.
func ReferenceFilter() sdk.FilterOpener { return referenceFilter{} }

type referenceFilter struct{}

func (referenceFilter) OpenFilter(_ context.Context, q sdk.Question) (sdk.Filter, error) {
	switch q.Facts.Session {
	case DoRefuse:
		return nil, Refusal()
	case DoFail:
		return nil, errors.New("told to fail")
	}
	return &transform{do: q.Facts.Session}, nil
}

// transform is one transfer's filter.
type transform struct {
	do     string
	held   []byte
	blocks int
	seen   int
	sum    byte
}

func (f *transform) Close() error { return nil }

func (f *transform) Block(in []byte, last bool) (sdk.Filtered, error) {
	f.blocks++
	f.seen += len(in)
	switch f.do {
	case DoInvert:
		for i := range in {
			in[i] = ^in[i]
		}
	case DoSum:
		for i := range in {
			f.sum += in[i]
			in[i] = f.sum
		}
	case DoDouble:
		f.held = f.held[:0]
		for _, b := range in {
			f.held = append(f.held, b, b)
		}
		return sdk.Filtered{Bytes: f.held}, nil
	case DoRepeat:
		return f.repeat(in), nil
	case DoHold:
		if f.held = append(f.held, in...); !last {
			return sdk.Filtered{}, nil
		}
		return sdk.Filtered{Bytes: f.held}, nil
	case DoCut:
		if f.seen >= 5 {
			return sdk.Filtered{Bytes: in[:len(in)-(f.seen-5)], End: true}, nil
		}
	case DoReject, DoFailLater:
		if f.blocks > 1 && f.do == DoReject {
			return sdk.Filtered{}, Refusal()
		} else if f.blocks > 1 {
			return sdk.Filtered{}, errors.New("told to fail")
		}
	}
	return sdk.Filtered{Bytes: in}, nil
}

// repeat gives up to four bytes of what is left, and says whether there is more.
func (f *transform) repeat(in []byte) sdk.Filtered {
	for _, b := range in {
		f.held = append(f.held, b, b, b)
	}
	n := min(4, len(f.held))
	out := f.held[:n]
	f.held = f.held[n:]
	return sdk.Filtered{Bytes: out, More: len(f.held) > 0}
}

// Snapshot implements [sdk.StatefulFilter].
func (f *transform) Snapshot() ([]byte, error) { return []byte{f.sum}, nil }

// Restore implements [sdk.StatefulFilter].
func (f *transform) Restore(state []byte) error {
	if len(state) != 1 {
		return fmt.Errorf("a state has 1 byte, not %d", len(state))
	}
	f.sum = state[0]
	return nil
}

// FilterCase is one file, block by block, and what comes out of it.
type FilterCase struct {
	Name   string
	Do     string
	Blocks []string // the last one is marked as such
	// Restart, if not 0, closes the filter behind that many blocks; another one is opened with its state and goes on.
	Restart int
	Want    string
	End     bool // the filter ends the file
	Refuse  bool // with [Refusal]
	Fail    bool // with any other error
}

// FilterCases lists the files.
func FilterCases() []FilterCase {
	long := string(bytes.Repeat([]byte("0123456789abcdef"), 8<<10)) // 128 KiB
	return []FilterCase{
		{Name: "blocks pass", Do: DoCopy, Blocks: []string{"one", "two", ""}, Want: "onetwo"},
		{Name: "an empty file passes", Do: DoCopy, Blocks: []string{""}},
		{Name: "an empty block in the middle passes", Do: DoCopy, Blocks: []string{"alpha", "", "beta"}, Want: "alphabeta"},
		{Name: "large blocks pass", Do: DoCopy, Blocks: []string{long, long}, Want: long + long},
		{Name: "bytes change in place", Do: DoInvert, Blocks: []string{"\x00\x0f", "\xff"}, Want: "\xff\xf0\x00"},
		{Name: "a file may get longer", Do: DoDouble, Blocks: []string{"ab", "", "c"}, Want: "aabbcc"},
		{Name: "a large block may get longer", Do: DoDouble, Blocks: []string{long}, Want: doubled(long)},
		{Name: "a filter may hold everything back", Do: DoHold, Blocks: []string{"one", "two", "three", ""}, Want: "onetwothree"},
		{Name: "a filter may end the file", Do: DoCut, Blocks: []string{"one", "two", "three"}, Want: "onetw", End: true},
		{Name: "a filter may have more than it can say at once", Do: DoRepeat, Blocks: []string{"ab", "", "cde", "f"}, Want: "aaabbbcccdddeeefff"},
		{Name: "the last block may have more too", Do: DoRepeat, Blocks: []string{"abcd"}, Want: "aaabbbcccddd"},
		{Name: "a filter may remember", Do: DoSum, Blocks: []string{"\x01\x01", "\x01", "\xff\x01"}, Want: "\x01\x02\x03\x02\x03"},
		{Name: "a filter goes on where another one stopped", Do: DoSum, Blocks: []string{"\x01\x01", "\x01", "\x02"}, Restart: 2, Want: "\x01\x02\x03\x05"},
		{Name: "opening may be refused", Do: DoRefuse, Refuse: true},
		{Name: "opening may fail", Do: DoFail, Fail: true},
		{Name: "a block may be refused", Do: DoReject, Blocks: []string{"one", "two"}, Want: "one", Refuse: true},
		{Name: "a block may fail", Do: DoFailLater, Blocks: []string{"one", "two"}, Want: "one", Fail: true},
	}
}

func doubled(s string) string {
	var out []byte
	for i := range len(s) {
		out = append(out, s[i], s[i])
	}
	return string(out)
}

// RunFilter asks a filter that was loaded in some way and behaves like [ReferenceFilter] every case, first one by one
// and then several transfers at once. The blocks are given as the core gives them: in memory that the filter lends where
// it does. without names what a way of loading cannot carry (DoSum, where it keeps no state).
func RunFilter(t *testing.T, opener sdk.FilterOpener, without ...string) {
	t.Helper()
	cases := slices.DeleteFunc(FilterCases(), func(c FilterCase) bool { return slices.Contains(without, c.Do) })
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if wrong := c.wrong(t.Context(), opener); wrong != "" {
				t.Error(wrong)
			}
		})
	}
	t.Run("several transfers at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 4 {
			for _, c := range cases {
				all.Go(func() {
					if wrong := c.wrong(t.Context(), opener); wrong != "" {
						t.Errorf("%s: %s", c.Name, wrong)
					}
				})
			}
		}
		all.Wait()
	})
}

// wrong says what is wrong with what comes out, "" when nothing is.
func (c FilterCase) wrong(ctx context.Context, opener sdk.FilterOpener) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	w := feeding{FilterCase: c, ctx: ctx, opener: opener}
	err := w.run()
	r, refused := sdk.AsRefusal(err)
	switch {
	case refused != c.Refuse, (err != nil && !refused) != c.Fail:
		return fmt.Sprintf("ended with %v; want a refusal: %v, a failure: %v", err, c.Refuse, c.Fail)
	case refused && !same(sdk.DenyVerdict(r), sdk.DenyVerdict(Refusal())):
		return fmt.Sprintf("refused with %+v", r)
	case string(w.out) != c.Want:
		return fmt.Sprintf("%d bytes came out that begin with %.20q; want %d that begin with %.20q", len(w.out), w.out, len(c.Want), c.Want)
	case w.ended != c.End:
		return fmt.Sprintf("the file was ended: %v, want %v", w.ended, c.End)
	case w.closing != nil:
		return "close: " + w.closing.Error()
	}
	return ""
}
