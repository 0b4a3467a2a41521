package chain

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/postern/postern/sdk"
)

// ahead is a filter with memory for two blocks, which it takes by turns.
type ahead struct {
	lender
	two [2][]byte
	at  int
}

func (a *ahead) OpenFilter(context.Context, sdk.Question) (sdk.Filter, error) { return a, nil }
func (a *ahead) Buffer() []byte                                               { return a.two[a.at] }
func (a *ahead) Spare() []byte                                                { return a.two[a.at^1] }
func (a *ahead) Block(in []byte, last bool) (sdk.Filtered, error) {
	out, err := a.work(in, last)
	if !out.More {
		a.at ^= 1
	}
	return out, err
}

func lendsTwo(n int, w func([]byte, bool) (sdk.Filtered, error)) *ahead {
	return &ahead{lender: *lends(n, w), two: [2][]byte{make([]byte, n), make([]byte, n)}}
}

func TestABlockIsGatheredAndTheOneBeforeTakenWhileAFilterWorks(t *testing.T) {
	began, goOn := make(chan string, 3), make(chan struct{})
	a := lendsTwo(4, func(in []byte, _ bool) (sdk.Filtered, error) {
		began <- string(in)
		<-goOn
		return sdk.Filtered{Bytes: bytes.ToUpper(in)}, nil
	})
	f := openFilters(t, filtering(t, Link{Name: "a", Filter: a}), sdk.Receive)
	defer f.Close()
	put := func(s string) {
		t.Helper()
		for len(s) > 0 {
			k := copy(f.Room(), s)
			if k == 0 {
				t.Fatal("there is no room")
			}
			f.Put(k)
			s = s[k:]
		}
	}
	put("abcd")
	if out, ok, err := f.Next(); ok || err != nil {
		t.Fatalf("%q, %v: it was waited for", out, err)
	}
	put("efgh") // it is at work
	if got := <-began; got != "abcd" {
		t.Fatalf("it works on %q", got)
	}
	goOn <- struct{}{}
	out, ok, err := f.Next()
	if string(out) != "ABCD" || !ok || err != nil {
		t.Fatalf("%q, %v, %v", out, ok, err)
	}
	if got := <-began; got != "efgh" || string(out) != "ABCD" {
		t.Fatalf("it works on %q while %q is taken", got, out)
	}
	if _, ok, _ := f.Next(); ok {
		t.Fatal("what it works on came out")
	}
	put("ij")
	f.Flush()
	close(goOn)
	for _, want := range []string{"EFGH", "IJ"} {
		if out, ok, err := f.Next(); string(out) != want || !ok || err != nil {
			t.Errorf("%q, %v, %v: want %s", out, ok, err, want)
		}
	}
	if _, ok, _ := f.Next(); ok {
		t.Error("more came out than went in")
	}
}

// lendingFor is a filter that lends memory for one block, or for two.
func lendingFor(two bool, n int, w func([]byte, bool) (sdk.Filtered, error)) sdk.FilterOpener {
	if two {
		return lendsTwo(n, w)
	}
	return lends(n, w)
}

// doubling makes a block twice as long, in two answers.
func doubling() func([]byte, bool) (sdk.Filtered, error) {
	var kept []byte
	return func(in []byte, _ bool) (sdk.Filtered, error) {
		if kept != nil {
			out := kept
			kept = nil
			return sdk.Filtered{Bytes: out}, nil
		}
		kept = bytes.Clone(in)
		return sdk.Filtered{Bytes: in, More: true}, nil
	}
}

// ending ends the file at a byte.
func ending(in []byte, _ bool) (sdk.Filtered, error) {
	if i := bytes.IndexByte(in, '.'); i >= 0 {
		return sdk.Filtered{Bytes: in[:i], End: true}, nil
	}
	return sdk.Filtered{Bytes: in}, nil
}

func TestWorkingAheadChangesNothingOfWhatComesOut(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		data := make([]byte, r.IntN(300))
		for i := range data {
			data[i] = byte('a' + r.IntN(26))
		}
		if len(data) > 0 && r.IntN(2) == 0 {
			data[r.IntN(len(data))] = '.'
		}
		kinds, sizes := make([]int, 1+r.IntN(3)), make([]int, 3)
		for i := range kinds {
			kinds[i], sizes[i] = r.IntN(3), 1+r.IntN(16)
		}
		piece, flushes := 1+r.IntN(40), r.IntN(2) == 0
		var want []byte
		for _, two := range []bool{false, true} {
			var links []Link
			for i, kind := range kinds {
				work := same
				switch kind {
				case 1:
					work = doubling()
				case 2:
					work = ending
				}
				links = append(links, Link{Name: string(rune('a' + i)), Filter: lendingFor(two, sizes[i], work)})
			}
			f := openFilters(t, filtering(t, links...), sdk.Receive)
			got := through(t, f, data, piece, flushes)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if !two {
				want = got
			} else if !bytes.Equal(got, want) {
				t.Fatalf("kinds %v, blocks of %v, pieces of %d, flushed %v, %q: got %q, want %q", kinds, sizes[:len(kinds)], piece, flushes, data, got, want)
			}
		}
	}
}

// through gives data in pieces, taking what comes out after each.
func through(t *testing.T, f *Filters, data []byte, piece int, flushes bool) (out []byte) {
	t.Helper()
	take := func() {
		for {
			b, ok, err := f.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			out = append(out, b...)
		}
	}
	for len(data) > 0 && !f.Ended() {
		for left := data[:min(piece, len(data))]; len(left) > 0 && !f.Ended(); {
			k := copy(f.Room(), left)
			f.Put(k)
			left = left[k:]
			take()
		}
		data = data[min(piece, len(data)):]
		if flushes && !f.Ended() {
			f.Flush()
			take()
		}
	}
	if !f.Ended() {
		f.Finish()
		take()
	}
	return out
}

func TestABlockThatNobodyWaitedForCountsAtTheEnd(t *testing.T) {
	a := lendsTwo(2, func([]byte, bool) (sdk.Filtered, error) { return sdk.Filtered{}, errBroken })
	f := openFilters(t, filtering(t, Link{Name: "a", Filter: a}), sdk.Receive)
	f.Put(copy(f.Room(), "ab"))
	if _, ok, err := f.Next(); ok || err != nil {
		t.Fatalf("%v, %v", ok, err)
	}
	if err := f.Close(); sdk.CodeOf(err) != sdk.ExitFailed || !errors.Is(err, errBroken) || !f.Decisions()[0].Failed {
		t.Errorf("%v, decided %+v", err, f.Decisions()[0])
	}
}
