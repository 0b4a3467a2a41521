package session_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestRubbishAndSlownessHoldNoMoreThanTheUnauthenticatedSlotsAndEnd(t *testing.T) {
	x := newSSHHouse(t, func(h *testHouse) {
		h.listener.Timeouts.Connect = 500 * time.Millisecond
		h.listener.Connections = 0
		h.house.Limits.Unauthenticated.SetMax(6)
	})
	var callers sync.WaitGroup
	for i := range 60 {
		says := []string{"", "SSH-2.0-half", "GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n" + strings.Repeat("\xff", 4096),
			"SSH-2.0-x\r\n\x00\x00\x00\x2c\x06\x14", strings.Repeat("x", 1<<16)}[i%6]
		callers.Go(func() {
			c, err := net.Dial("tcp", x.address)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(20 * time.Second))
			_, _ = io.WriteString(c, says)
			if _, err := io.Copy(io.Discard, c); isTimeout(err) {
				t.Errorf("whoever says %.20q is kept", says)
			}
		})
	}
	for range 20 {
		if n := x.house.Limits.Unauthenticated.Count(); n > 6 {
			t.Errorf("%d calls are not identified", n)
		}
		time.Sleep(5 * time.Millisecond)
	}
	callers.Wait()
	eventually(t, "slots were kept", func() bool {
		return x.house.Limits.Sessions.Count()+x.house.Limits.Unauthenticated.Count()+x.house.Limits.Listeners.Count("line") == 0
	})
}

func isTimeout(err error) bool {
	n, ok := err.(net.Error)
	return ok && n.Timeout()
}

func TestChannelsThatComeAtOnceAreExactlyAsManySessionsAsAPartnerMayHave(t *testing.T) {
	x := newSSHHouse(t, nil) // max_sessions is 4
	var clients []*ssh.Client
	for range 2 {
		c, err := x.dial("PARIS", ssh.Password("secret"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients = append(clients, c)
	}
	var served atomic.Int32
	var talks sync.WaitGroup
	for i := range 12 {
		talks.Go(func() {
			o, err := greets(clients[i%2])
			if err == nil {
				served.Add(1)
			}
			if o != nil {
				t.Cleanup(func() { _ = o.s.Close() })
			}
		})
	}
	talks.Wait()
	if n, slots := served.Load(), x.house.Limits.Partners.Count("PARIS"); n != 4 || slots != 4 {
		t.Fatalf("%d streams are served with %d sessions counted", n, slots)
	}
	for _, c := range clients {
		c.Close()
	}
	eventually(t, "slots were kept", func() bool {
		return x.house.Limits.Sessions.Count()+x.house.Limits.Partners.Count("PARIS")+x.house.Limits.Listeners.Count("line") == 0
	})
}

func TestAFloodOfChannelsLeavesNothingBehind(t *testing.T) {
	x := newSSHHouse(t, nil)
	c, err := x.dial("PARIS", ssh.Password("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if s, err := c.NewSession(); err == nil {
			_ = s.RequestSubsystem("sftp")
			_ = s.Close()
		}
	}
	c.Close()
	eventually(t, "slots or sessions were kept", func() bool {
		return x.house.Limits.Sessions.Count()+x.house.Limits.Partners.Count("PARIS")+x.house.Limits.Listeners.Count("line")+x.registry.Sessions() == 0
	})
}
