package server_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/core/server"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

func TestEveryConnectionIsAcceptedAndThoseBeyondTheLimitAreClosed(t *testing.T) {
	s := newSite(t)
	s.listen(listener("a", 1))
	first := s.call("a")
	first.says("HELLO PARIS secret\n", "WELCOME")
	for range 3 {
		s.call("a").gets("")
	}
	first.says("BYE\n", "GOODBYE")
}

func TestSettingsAreReplacedForTheCallsThatFollow(t *testing.T) {
	s := newSite(t)
	l := listener("a", 1)
	s.listen(l)
	before := s.server.Addresses()["a"].String()
	first := s.call("a")
	first.says("HELLO PARIS secret window=9\n", "WELCOME")
	l.Connections = 2
	l.Terms = l.Terms.With(sdk.NumberTerm("window", 3))
	s.listen(l, listener("b", 0))
	if now := s.server.Addresses()["a"].String(); now != before {
		t.Fatalf("the socket moved from %s to %s", before, now)
	}
	second := s.call("a")
	if _, err := second.Write([]byte("HELLO PARIS secret window=9\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := second.r.ReadString('\n'); err != nil || !strings.Contains(got, "window=3") {
		t.Fatalf("the second call got %q (%v)", got, err)
	}
	s.listen(listener("b", 0))
	if _, err := net.DialTimeout("tcp", before, time.Second); err == nil {
		t.Error("a listener that is gone still answers")
	}
	first.says("PUT IN number=7\n", "GRANT") // the calls that are open go on
	s.call("b").says("HELLO PARIS secret\n", "WELCOME")
}

func TestARenamedListenerKeepsItsSocketAndTwoMayChangeTheirAddresses(t *testing.T) {
	s := newSite(t)
	a, b := listener("a", 0), listener("b", 0)
	for _, l := range []*server.Listener{&a, &b} {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Address = free.Addr().String()
		free.Close()
	}
	s.listen(a, b)
	a.Name = "c"
	s.listen(a, b)
	s.call("c").says("HELLO PARIS secret\n", "WELCOME")
	a.Address, b.Address = b.Address, a.Address
	s.listen(a, b)
	s.call("b").says("HELLO PARIS secret\n", "WELCOME")
	if got := s.server.Addresses(); len(got) != 2 || got["b"].String() != b.Address || got["c"].String() != a.Address {
		t.Errorf("bound are %v", got)
	}
}

func TestAnAddressThatIsTakenChangesNothing(t *testing.T) {
	s := newSite(t)
	l := listener("a", 0)
	s.listen(l)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	l.Terms = l.Terms.With(sdk.NumberTerm("window", 3))
	bad := listener("c", 0)
	bad.Address = taken.Addr().String()
	if err := s.server.Listen(t.Context(), []server.Listener{l, listener("b", 0), bad}, nil); err == nil || !strings.Contains(err.Error(), "listener c") {
		t.Fatalf("got %v", err)
	}
	if got := s.server.Addresses(); len(got) != 1 {
		t.Errorf("bound are %v", got)
	}
	c := s.call("a")
	if _, err := c.Write([]byte("HELLO PARIS secret window=9\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := c.r.ReadString('\n'); err != nil || strings.Contains(got, "window=3") {
		t.Errorf("the call got %q (%v)", got, err)
	}
}

func TestAServerThatStopsListensNoMore(t *testing.T) {
	s := newSite(t)
	s.listen(listener("a", 0))
	address := s.server.Addresses()["a"].String()
	idle := s.call("a")
	idle.says("HELLO PARIS secret\n", "WELCOME")
	go func() { idle.gets("ABORT server.stopping"); idle.Close() }()
	s.server.Drain(context.Background(), time.Minute)
	if err := s.server.Listen(t.Context(), []server.Listener{listener("a", 0)}, nil); !errors.Is(err, server.ErrStopping) {
		t.Errorf("listen gave %v", err)
	}
	if _, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		t.Error("it still answers")
	}
}

// buggy is the line protocol with a dialogue that panics where the peer wants it, and when it is closed then.
type buggy struct {
	sdk.Protocol
	panics *atomic.Int64
}

type buggyDialogue struct {
	sdk.Dialogue
	panics *atomic.Int64
	broken bool
}

func (p buggy) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	d, out, err := p.Protocol.Begin(o, out)
	return &buggyDialogue{Dialogue: d, panics: p.panics}, out, err
}

func (d *buggyDialogue) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	if strings.Contains(string(in), "BOOM") {
		d.broken = true
		d.panics.Add(1)
		panic("BOOM was heard")
	}
	return d.Dialogue.Hear(in, ev, out)
}

func (d *buggyDialogue) Close() {
	if d.broken {
		d.panics.Add(1)
		panic("closed in the middle")
	}
	d.Dialogue.Close()
}

func TestAPanicEndsItsCallAloneAndGivesEverythingBack(t *testing.T) {
	s := newSite(t)
	var panics atomic.Int64
	l := listener("a", 0)
	l.Protocol = buggy{line.New(), &panics}
	s.listen(l)
	other := s.call("a")
	other.says("HELLO PARIS secret\n", "WELCOME")
	c := s.call("a")
	c.puts()
	c.says("DATA 4\nabcdSYNC 1\n", "SYNCED 1")
	c.says("BOOM\n", "")
	other.says("PUT IN number=7 restart=1\n", "GRANT")
	other.says("BEGIN none\n", "START 1")
	other.says("END ok\nFINISH\n", "FINISHED 4")
	if e := s.status(); e.Status() != "done" || e.Attempts != 2 {
		t.Errorf("the entry is %s after %d attempts", e.Status(), e.Attempts)
	}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	s.server.Drain(now, 0) // the broken call is over when it returns
	if log := s.log.String(); panics.Load() != 2 || strings.Count(log, "buggyDialogue") < 2 {
		t.Errorf("%d panics; the log says %s", panics.Load(), log)
	}
}
