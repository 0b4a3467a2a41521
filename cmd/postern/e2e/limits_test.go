package e2e

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// crowd is many partners that do something at the same moment, and stay until they are told to go.
type crowd struct {
	group sync.WaitGroup
	begin chan struct{}
	leave chan struct{}
	acted sync.WaitGroup
	mu    sync.Mutex
	got   map[string]int // what happened, and to how many
}

// gather has n partners act. act returns what happened to one of them.
func gather(n int, address string, act func(*peer.Conn) string) *crowd {
	c := &crowd{begin: make(chan struct{}), leave: make(chan struct{}), got: map[string]int{}}
	c.acted.Add(n)
	for range n {
		c.group.Go(func() {
			conn, err := peer.Dial(address, peer.Options{})
			what := "not connected"
			if err == nil {
				defer conn.Close()
				<-c.begin
				what = act(conn)
			}
			c.mu.Lock()
			c.got[what]++
			c.mu.Unlock()
			c.acted.Done()
			<-c.leave
		})
	}
	close(c.begin)
	c.acted.Wait()
	return c
}

func (c *crowd) disperse() {
	close(c.leave)
	c.group.Wait()
}

// greet says what the greeting of a partner leads to.
func greet(h peer.Hello) func(*peer.Conn) string {
	return func(c *peer.Conn) string {
		_, err := c.Connect(h)
		var r *peer.Refused
		switch {
		case err == nil:
			return "welcome"
		case errors.As(err, &r):
			return r.Diagnostic()
		case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
			return "closed"
		}
		return err.Error()
	}
}

func limited(limits, listener, partner string) string {
	return basics + quick + limits + `
listeners: {p: {protocol: pesit, address: "127.0.0.1:0"` + listener + `}}
partners: {PARIS: {protocols: [pesit], password: "secret://file/paris.pw", receive: ["*"], send: ["*"]` + partner + `}}
flows: {IN: {path: "in/{{.ID}}"}}
`
}

func TestNeverMoreThanMaxConnectionsGetPastTheCall(t *testing.T) {
	const limit = 5
	for _, how := range []struct{ refuse, over string }{{"close", "closed"}, {"say", "3-303"}} {
		s := start(t, limited("", ", max_connections: 5, refuse: "+how.refuse, ""))
		for range 3 {
			c := gather(4*limit, s.address["p"], greet(hello(0, 0)))
			if c.got["welcome"] != limit || c.got[how.over] != 3*limit {
				t.Errorf("refuse: %s: %v; %d welcome and the others %s are right", how.refuse, c.got, limit, how.over)
			}
			if st := s.status(); st.Sessions.Used > limit {
				t.Errorf("%d sessions are open, %d are allowed", st.Sessions.Used, limit)
			}
			c.disperse()
			s.idle()
		}
		if got := s.refusals()["limit.connections"]; got != 3*3*limit {
			t.Errorf("refuse: %s: %d refusals are listed, %d happened: %v", how.refuse, got, 3*3*limit, s.refusals())
		}
	}
}

func TestNeverMoreThanMaxSessionsAreOpenOnTheServer(t *testing.T) {
	s := start(t, limited("limits: {max_sessions: 4}", "", ""))
	for range 3 {
		c := gather(16, s.address["p"], greet(hello(0, 0)))
		if c.got["welcome"] != 4 || c.got["closed"] != 12 {
			t.Errorf("%v; 4 welcome and 12 closed are right", c.got)
		}
		c.disperse()
		s.idle()
	}
}

func TestNeverMoreThanMaxTransfersRunOnTheServer(t *testing.T) {
	const limit = 3
	s := start(t, limited("limits: {max_transfers: 3}", "", ""))
	var number atomic.Int64
	for range 3 {
		var ready sync.WaitGroup
		ready.Add(4 * limit)
		c := gather(4*limit, s.address["p"], func(c *peer.Conn) string {
			what := greet(hello(0, 0))(c)
			ready.Done()
			if what != "welcome" {
				return what
			}
			ready.Wait() // everybody is in, nobody has a transfer
			u, err := c.Create(peer.File{Name: "IN", Number: int(number.Add(1)), Format: 0x80})
			if err == nil {
				return "granted"
			}
			return u.Diagnostic()
		})
		if c.got["granted"] != limit || c.got["2-201"] != 3*limit {
			t.Errorf("%v; %d granted and the others 2-201 are right", c.got, limit)
		}
		if st := s.status(); st.Transfers.Used != limit {
			t.Errorf("%d transfers run", st.Transfers.Used)
		}
		late := s.dial()
		if b, err := late.Closed(); err != nil || len(b) > 0 {
			t.Errorf("a call with no transfer to be had: % X, %v; it is closed without a word", b, err)
		}
		c.disperse()
		s.idle()
	}
	if e, f := s.entries(), s.files(); len(e)+len(f) > 0 {
		t.Errorf("grants that were never begun left %+v, %v", e, f)
	}
}

func TestAPartnerHasNoMoreSessionsThanItsOwn(t *testing.T) {
	s := start(t, limited("", "", ", max_sessions: 2"))
	for range 3 {
		c := gather(8, s.address["p"], greet(hello(0, 0)))
		if c.got["welcome"] != 2 || c.got["3-309"] != 6 {
			t.Errorf("%v; 2 welcome and 6 with 3-309 are right", c.got)
		}
		c.disperse()
		s.idle()
	}
}
