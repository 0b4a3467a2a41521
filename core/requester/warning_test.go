package requester_test

import (
	"errors"
	"testing"
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
