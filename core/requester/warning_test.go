package requester_test

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/postern/postern/core/requester"
)

// stubborn is a file that cannot be closed.
type stubborn struct{ text }

var errStubborn = errors.New("it does not close")

func (stubborn) Close() error { return errStubborn }

func TestWhatCannotBePutAwayAfterwardsIsNoFailureOfATransferThatArrived(t *testing.T) {
	h := lineHouse(t)
	c := h.call()
	o := outgoing("content")
	o.Reader = stubborn{text{string: "content"}}
	res, err := c.Put(t.Context(), o)
	if err != nil || !errors.Is(res.Warning, errStubborn) {
		t.Errorf("%v, with the warning %v: a sender that takes it for a failure sends the file twice", err, res.Warning)
	}
	if all := h.entries(); len(all) != 1 || all[0].Bytes != 7 {
		t.Errorf("entries %+v", all)
	}
	h.over()
}

func TestAPointThatCannotBeKeptNeverLeaves(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		said := regexp.MustCompile(`SYNC (\d+)\n`)
		gone := h.contexts.Dir() + ".gone"
		kept := int64(-1) // the last point in the context when its folder went away
		h.onSent = func(int64) {
			all := said.FindAllSubmatch(h.bytes, -1)
			if len(all) == 0 {
				return
			}
			n, err := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
			if err != nil {
				t.Error(err)
			}
			if kept >= 0 {
				if n > kept {
					t.Errorf("point %d is on the wire, the context knows %d: a restart there could never go on", n, kept)
				}
				return
			}
			if err := os.Rename(h.contexts.Dir(), gone); err != nil {
				t.Error(err)
			}
			list, err := (must(requester.OpenContexts(gone))).List()
			if err != nil || len(list) != 1 {
				t.Errorf("%d contexts, %v", len(list), err)
				return
			}
			for kept = list[0].Last.Number; len(list[0].Ahead) > 0; list[0].Ahead = list[0].Ahead[1:] {
				kept = max(kept, list[0].Ahead[0].Number)
			}
		}
		c := h.call()
		if _, err := c.Put(t.Context(), outgoing(letter)); err == nil {
			t.Error("it arrived without a context")
		}
		c.Close(t.Context())
		if kept < 0 {
			t.Error("the folder of contexts never went away")
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
