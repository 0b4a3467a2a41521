package server_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/core/server"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

func TestACallThatComesDuringASwapBeginsAfterIt(t *testing.T) {
	s := newSite(t)
	before, swapping, torn := s.house.Snapshot, atomic.Bool{}, make(chan struct{}, 1)
	s.house.Snapshot = func() *session.Snapshot {
		if swapping.Load() {
			torn <- struct{}{}
		}
		return before()
	}
	l := listener("a", 0)
	s.listen(l)
	address := s.server.Addresses()["a"].String() // Listen has the lock that this takes
	l.Terms = l.Terms.With(sdk.NumberTerm("window", 3))
	var c *caller
	err := s.server.Listen(t.Context(), []server.Listener{l}, func() {
		swapping.Store(true)
		defer swapping.Store(false)
		c = s.callAt(address)
		select {
		case <-torn:
			t.Error("a call began while its configuration was being replaced")
		case <-time.After(50 * time.Millisecond): // time for a server without that care to begin the call
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	c.says("HELLO PARIS secret\n", "WELCOME")
}

func TestAServerThatListensLivesAndTakesCalls(t *testing.T) {
	s := newSite(t)
	s.listen(listener("a", 0), listener("b", 0))
	if err := errors.Join(s.server.Alive(), s.server.Taking()); err != nil {
		t.Error(err)
	}
	s.listen(listener("a", 0)) // the loop of b ends in good order
	if err := errors.Join(s.server.Alive(), s.server.Taking()); err != nil {
		t.Error(err)
	}
	s.server.Drain(t.Context(), time.Minute)
	if err := s.server.Alive(); err != nil {
		t.Errorf("after a drain: %v", err)
	}
	if err := s.server.Taking(); !errors.Is(err, server.ErrStopping) {
		t.Errorf("after a drain: %v", err)
	}
}
