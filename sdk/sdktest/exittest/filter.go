package exittest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
}

func (f *transform) Close() error { return nil }

func (f *transform) Block(in []byte, last bool) ([]byte, bool, error) {
	f.blocks++
	f.seen += len(in)
	switch f.do {
	case DoInvert:
		for i := range in {
			in[i] = ^in[i]
		}
	case DoDouble:
		f.held = f.held[:0]
		for _, b := range in {
			f.held = append(f.held, b, b)
		}
		return f.held, false, nil
	case DoHold:
		if f.held = append(f.held, in...); !last {
			return nil, false, nil
		}
		return f.held, false, nil
	case DoCut:
		if f.seen >= 5 {
			return in[:len(in)-(f.seen-5)], true, nil
		}
	case DoReject, DoFailLater:
		if f.blocks > 1 && f.do == DoReject {
			return nil, false, Refusal()
		} else if f.blocks > 1 {
			return nil, false, errors.New("told to fail")
		}
	}
	return in, false, nil
}

// FilterCase is one file, block by block, and what comes out of it.
type FilterCase struct {
	Name   string
	Do     string
	Blocks []string // the last one is marked as such
	Want   string
	End    bool // the filter ends the file
	Refuse bool // with [Refusal]
	Fail   bool // with any other error
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
// and then several transfers at once.
func RunFilter(t *testing.T, opener sdk.FilterOpener) {
	t.Helper()
	for _, c := range FilterCases() {
		t.Run(c.Name, func(t *testing.T) {
			if wrong := c.wrong(t.Context(), opener); wrong != "" {
				t.Error(wrong)
			}
		})
	}
	t.Run("several transfers at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 4 {
			for _, c := range FilterCases() {
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
	facts := Facts(sdk.PointFilter)
	facts.Session = c.Do
	f, err := opener.OpenFilter(ctx, sdk.Question{Point: sdk.PointFilter, Facts: facts})
	var out []byte
	ended := false
	if err == nil {
		out, ended, err = c.feed(f)
		if cerr := f.Close(); cerr != nil {
			return "close: " + cerr.Error()
		}
	}
	r, refused := sdk.AsRefusal(err)
	switch {
	case refused != c.Refuse, (err != nil && !refused) != c.Fail:
		return fmt.Sprintf("ended with %v; want a refusal: %v, a failure: %v", err, c.Refuse, c.Fail)
	case refused && !same(sdk.DenyVerdict(r), sdk.DenyVerdict(Refusal())):
		return fmt.Sprintf("refused with %+v", r)
	case string(out) != c.Want:
		return fmt.Sprintf("%d bytes came out that begin with %.20q; want %d that begin with %.20q", len(out), out, len(c.Want), c.Want)
	case ended != c.End:
		return fmt.Sprintf("the file was ended: %v, want %v", ended, c.End)
	}
	return ""
}

func (c FilterCase) feed(f sdk.Filter) (out []byte, ended bool, err error) {
	for i, b := range c.Blocks {
		got, end, err := f.Block([]byte(b), i == len(c.Blocks)-1)
		if err != nil {
			return out, false, err
		}
		if out = append(out, got...); end {
			return out, true, nil
		}
	}
	return out, false, nil
}
