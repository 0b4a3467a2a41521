package session_test

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// buggyTransport panics where it gives the second stream of a link.
type buggyTransport struct{ sdk.Transport }

func (t buggyTransport) Open(ctx context.Context, c net.Conn, identify func(sdk.Claim) (sdk.Partner, error)) (sdk.Link, error) {
	l, err := t.Transport.Open(ctx, c, identify)
	return &buggyLink{Link: l}, err
}

type buggyLink struct {
	sdk.Link
	streams atomic.Int32
}

func (l *buggyLink) Accept() (io.ReadWriteCloser, error) {
	if l.streams.Add(1) == 2 {
		panic("a bug of the transport's")
	}
	return l.Link.Accept()
}

func TestAPanicWhereFurtherStreamsAreTakenEndsTheConnectionAndGivesEverythingBack(t *testing.T) {
	x := newSSHHouse(t, func(h *testHouse) { h.listener.Transport = buggyTransport{h.listener.Transport} })
	c, err := x.dial("PARIS", ssh.PublicKeys(x.key))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if s, err := newTalk(c); err == nil {
		defer s.s.Close()
	}
	_ = c.Wait()
	eventually(t, "a slot was not given back", func() bool { return x.house.Limits.Sessions.Count()+x.registry.Sessions() == 0 })
}
