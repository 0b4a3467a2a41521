package session_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

// speechless is the line protocol as a plugin that fails when it is to grant a file.
type speechless struct {
	line.Protocol
	failed chan struct{}
}

func (p speechless) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	d, out, err := p.Protocol.Begin(o, out)
	return &mute{Dialogue: d, p: p}, out, err
}

type mute struct {
	sdk.Dialogue
	p      speechless
	failed bool
}

func (d *mute) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	switch {
	case d.failed:
		return sdk.Said{Next: sdk.Hangup}, out, nil
	case m.Kind == sdk.KindGrant:
		d.failed = true
		close(d.p.failed)
		return sdk.Said{}, out, sdk.Refuse(sdk.ExitFailed, "it trapped")
	}
	return d.Dialogue.Say(m, out)
}

// closings keeps why calls ended.
type closings struct {
	mu    sync.Mutex
	codes []sdk.Code
}

func (c *closings) Observe(o sdk.Observation) {
	if o.What == sdk.CallClosed && o.Refusal != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.codes = append(c.codes, o.Refusal.Code)
	}
}

func TestAPluginThatCannotSayWhatItShallIsNoViolationByThePeer(t *testing.T) {
	h, seen, p := newHouse(t), &closings{}, speechless{failed: make(chan struct{})}
	h.house.Observer, h.listener.Protocol = seen, p
	near, far := net.Pipe()
	s, err := session.New(h.house, h.listener, pipe{near, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40001}})
	if err != nil {
		t.Fatal(err)
	}
	h.sessions.Go(func() { s.Run(h.life) })
	go func() { _, _ = io.Copy(io.Discard, far) }()
	go func() { _, _ = io.WriteString(far, "HELLO PARIS secret\nPUT INVOICES\n") }()
	<-p.failed
	_ = far.Close()
	h.sessions.Wait()
	if len(seen.codes) != 1 || seen.codes[0] != sdk.ExitFailed {
		t.Errorf("the call ended with %v, want %s", seen.codes, sdk.ExitFailed)
	}
}
