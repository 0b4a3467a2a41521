package chain

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/sdk"
)

// filter is a filter made of functions.
type filter struct {
	open  func(context.Context, sdk.Question) error
	block func(in []byte, last bool) ([]byte, bool, error)
	close func() error
}

func (f filter) OpenFilter(ctx context.Context, q sdk.Question) (sdk.Filter, error) {
	if f.open != nil {
		if err := f.open(ctx, q); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f filter) Block(in []byte, last bool) (sdk.Filtered, error) {
	out, end, err := f.block(in, last)
	return sdk.Filtered{Bytes: out, End: end}, err
}

func (f filter) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

// marks appends its mark to every block.
func marks(mark string, closed *[]string) filter {
	return filter{block: func(in []byte, _ bool) ([]byte, bool, error) { return append(in, mark...), false, nil },
		close: func() error { *closed = append(*closed, mark); return nil }}
}

func filtering(t *testing.T, links ...Link) *Set { return asked(t, sdk.PointFilter, links...) }

func openFilters(t *testing.T, s *Set, d sdk.Direction) *Filters {
	t.Helper()
	f := facts()
	f.Filter = &sdk.FilterFacts{Direction: d}
	got, err := s.Filters(t.Context(), f, Scope{}, nil)
	if err != nil {
		t.Fatalf("open the filters: %v", err)
	}
	return got
}

// pass gives a block and returns all that comes out.
func pass(f *Filters, in []byte, last bool) (out []byte, end bool, err error) {
	for {
		k := copy(f.Room(), in)
		f.Put(k)
		if in = in[k:]; len(in) == 0 {
			f.Flush()
			if last {
				f.Finish()
			}
		}
		for {
			piece, ok, err := f.Next()
			if err != nil {
				return nil, false, err
			}
			if !ok {
				break
			}
			out = append(out, piece...)
		}
		if len(in) == 0 || f.Ended() {
			return out, f.Ended(), nil
		}
	}
}

func TestBlocksPassTheFiltersInOrderAndInReverseWhenSent(t *testing.T) {
	for d, want := range map[sdk.Direction]string{sdk.Receive: "xabc", sdk.Send: "xcba"} {
		var closed []string
		f := openFilters(t, filtering(t, Link{Name: "a", Filter: marks("a", &closed)}, Link{Name: "b", Filter: marks("b", &closed)}, Link{Name: "c", Filter: marks("c", &closed)}), d)
		in := []byte("x")
		out, end, err := pass(f, in, false)
		if string(out) != want || end || err != nil || string(in) != "x" {
			t.Errorf("%s: %q, %v, %v, the block is now %q; want %q", d, out, end, err, in, want)
		}
		pass(f, nil, true)
		if err := f.Close(); err != nil || len(closed) != 3 {
			t.Errorf("%s: closed %v, %v", d, closed, err)
		}
		if n := f.Decisions()[0].Blocks; n != 2 {
			t.Errorf("%s: counted %d blocks of 2", d, n)
		}
	}
}

func TestWithoutFiltersThereIsNothingToDo(t *testing.T) {
	if f, err := filtering(t).Filters(t.Context(), facts(), Scope{}, nil); f != nil || err != nil {
		t.Errorf("%v, %v", f, err)
	}
}

func TestASwallowedBlockGoesNoFurtherAndTheLastAlwaysDoes(t *testing.T) {
	var held []byte
	hold := filter{block: func(in []byte, last bool) ([]byte, bool, error) {
		held = append(held, in...)
		if !last {
			return nil, false, nil
		}
		return held, false, nil
	}}
	var seen []string
	see := filter{block: func(in []byte, last bool) ([]byte, bool, error) {
		seen = append(seen, string(in))
		return in, false, nil
	}}
	f := openFilters(t, filtering(t, Link{Name: "hold", Filter: hold}, Link{Name: "see", Filter: see}), sdk.Receive)
	for _, b := range []string{"one", "two"} {
		if out, _, err := pass(f, []byte(b), false); len(out) != 0 || err != nil {
			t.Errorf("%q came through: %q, %v", b, out, err)
		}
	}
	out, _, err := pass(f, nil, true)
	if string(out) != "onetwo" || err != nil || !slices.Equal(seen, []string{"onetwo"}) {
		t.Errorf("the end gave %q, %v; the next filter saw %q", out, err, seen)
	}
	f.Close()
}

func TestAFilterMayEndTheFile(t *testing.T) {
	stop := filter{block: func(in []byte, _ bool) ([]byte, bool, error) { return in[:2], true, nil }}
	var lastSeen bool
	see := filter{block: func(in []byte, last bool) ([]byte, bool, error) { lastSeen = last; return in, false, nil }}
	f := openFilters(t, filtering(t, Link{Name: "stop", Filter: stop}, Link{Name: "see", Filter: see}), sdk.Receive)
	out, end, err := pass(f, []byte("enough"), false)
	if string(out) != "en" || !end || err != nil || !lastSeen {
		t.Errorf("%q, end %v, %v, the next filter was told it is the last: %v", out, end, err, lastSeen)
	}
	f.Close()
}

func TestAFilterThatCannotGoOnInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		for name, c := range map[string]struct {
			block func([]byte, bool) ([]byte, bool, error)
			code  sdk.Code
		}{
			"an error":       {func([]byte, bool) ([]byte, bool, error) { return nil, false, errBroken }, sdk.ExitFailed},
			"a refusal":      {func([]byte, bool) ([]byte, bool, error) { return nil, false, sdk.Refuse(sdk.DataRejected, "virus") }, sdk.DataRejected},
			"an unknown no":  {func([]byte, bool) ([]byte, bool, error) { return nil, false, &sdk.Refusal{Code: "never"} }, sdk.ExitRefused},
			"a panic":        {func([]byte, bool) ([]byte, bool, error) { panic("oops") }, sdk.ExitFailed},
			"an ended stack": {func([]byte, bool) ([]byte, bool, error) { runtime.Goexit(); return nil, false, nil }, sdk.ExitFailed},
			"lateness": {func(in []byte, _ bool) ([]byte, bool, error) {
				<-release
				in[0] = 'X'
				return in, false, nil
			}, sdk.ExitFailed},
		} {
			f := openFilters(t, filtering(t, Link{Name: "x", Filter: filter{block: c.block}}), sdk.Receive)
			began, in := time.Now(), []byte("data")
			_, _, err := pass(f, in, false)
			r, ok := sdk.AsRefusal(err)
			if !ok || r.Code != c.code || r.Exit != "x" || r.Point != sdk.PointFilter || (c.code == sdk.ExitFailed) != r.Temporary {
				t.Errorf("%s: %+v", name, err)
			}
			if time.Since(began) > time.Second {
				t.Errorf("%s: the caller waited %v", name, time.Since(began))
			}
			if _, _, again := pass(f, in, false); !errors.Is(again, err) {
				t.Errorf("%s: the next block gave %v", name, again)
			}
			if d := f.Decisions()[0]; d.Code != c.code || d.Verdict != sdk.Deny || d.Failed != (c.code == sdk.ExitFailed) {
				t.Errorf("%s: decision %+v", name, d)
			}
			f.Close()
			if string(in) != "data" {
				t.Errorf("%s: the caller's block is now %q", name, in)
			}
		}
		close(release)
	})
}

func TestALateFilterIsClosedWhenItComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, closed := make(chan struct{}), 0
		slow := filter{block: func(in []byte, _ bool) ([]byte, bool, error) { <-release; return in, false, nil },
			close: func() error { closed++; return nil }}
		s := filtering(t, Link{Name: "slow", Filter: slow})
		f := openFilters(t, s, sdk.Receive)
		pass(f, []byte("x"), false)
		f.Close()
		if closed != 0 {
			t.Fatal("closed while it was at work")
		}
		close(release)
		if err := s.Close(t.Context()); err != nil || closed != 1 {
			t.Fatalf("%v, closed %d times", err, closed)
		}
	})
}

func TestAFilterThatDoesNotOpenRefusesAndTheOthersAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		for name, c := range map[string]struct {
			open func(context.Context, sdk.Question) error
			code sdk.Code
		}{
			"an error":  {func(context.Context, sdk.Question) error { return errBroken }, sdk.ExitFailed},
			"a refusal": {func(context.Context, sdk.Question) error { return sdk.Refuse(sdk.FileName, "no") }, sdk.FileName},
			"a panic":   {func(context.Context, sdk.Question) error { panic("oops") }, sdk.ExitFailed},
			"lateness":  {func(context.Context, sdk.Question) error { <-release; return nil }, sdk.ExitFailed},
		} {
			var closed []string
			bad := marks("bad", &closed)
			bad.open = c.open
			s := filtering(t, Link{Name: "good", Filter: marks("good", &closed)}, Link{Name: "bad", Filter: bad})
			f, err := s.Filters(t.Context(), facts(), Scope{}, nil)
			if f != nil || sdk.CodeOf(err) != c.code || !slices.Equal(closed, []string{"good"}) {
				t.Errorf("%s: %v, %v, closed %v", name, f, err, closed)
			}
			if name != "lateness" {
				continue
			}
			close(release)
			if err := s.Close(t.Context()); err != nil || !slices.Contains(closed, "bad") {
				t.Errorf("a filter that opened late stayed open: %v, %v", closed, err)
			}
		}
	})
}

func TestAFilterIsShownSecretsOnlyWhenGranted(t *testing.T) {
	for _, granted := range []bool{false, true} {
		var empty bool
		f := filter{open: func(_ context.Context, q sdk.Question) error { empty = q.Facts.Claim.Secret.Empty(); return nil }}
		openFilters(t, filtering(t, Link{Name: "x", Secrets: granted, Filter: f}), sdk.Receive).Close()
		if empty == granted {
			t.Errorf("granted %v, empty %v", granted, empty)
		}
	}
}

func TestAnEndedContextEndsAFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		s := filtering(t, Link{Name: "x", Filter: filter{block: func(in []byte, _ bool) ([]byte, bool, error) { <-release; return in, false, nil }}})
		f, err := s.Filters(ctx, facts(), Scope{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := pass(f, []byte("x"), false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		f.Close()
		close(release)
	})
}

func TestABlockIsNotPaidForWithMemory(t *testing.T) {
	f := openFilters(t, filtering(t, Link{Name: "x", Filter: upper{}}, Link{Name: "y", Filter: upper{}}), sdk.Receive)
	defer f.Close()
	in := bytes.Repeat([]byte("abc"), 1000)
	n := testing.AllocsPerRun(100, func() {
		f.Put(copy(f.Room(), in))
		f.Flush()
		out, _, err := f.Next()
		if err != nil || string(out[:3]) != "ABC" {
			t.Fatal(err)
		}
		f.Next()
	})
	if n > 0 {
		t.Errorf("a block costs %v allocations", n)
	}
}
