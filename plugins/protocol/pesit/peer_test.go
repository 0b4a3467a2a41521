package pesit_test

import (
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// The connection ids of the tests.
const (
	requesterID = 0x01
	serverID    = 0x61
)

// conversation is a dialogue with a peer that is played by the test.
type conversation struct {
	t       testing.TB
	d       sdk.Dialogue
	calling bool
	ref     uint32
	ev      []sdk.Event // of the last step
	out     []byte      // of the last step
	used    int
}

func converse(t testing.TB, calling bool, terms sdk.Terms) *conversation {
	t.Helper()
	o := sdk.Opening{Role: sdk.Answering, Random: [16]byte{serverID}, Terms: terms}
	if calling {
		o.Role, o.Random = sdk.Calling, [16]byte{requesterID}
	}
	d, _, err := pesit.Protocol{}.Begin(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &conversation{t: t, d: d, calling: calling, ref: 1}
}

// hear offers bytes, with room for many events.
func (c *conversation) hear(in []byte) {
	c.t.Helper()
	var err error
	c.used, c.ev, c.out, err = c.d.Hear(in, make([]sdk.Event, 0, 300), nil)
	if err != nil {
		c.t.Fatalf("hear % X: %v", in, err)
	}
}

func (c *conversation) say(m sdk.Message) sdk.Said {
	c.t.Helper()
	m.Ref = c.ref
	said, out, err := c.d.Say(m, nil)
	if err != nil {
		c.t.Fatalf("say %s: %v", m.Kind, err)
	}
	c.ev, c.out = nil, out
	return said
}

// unit is an FPDU of that type from the peer, with everything that it must have.
func (c *conversation) unit(t wire.Type) []byte {
	c.t.Helper()
	dst, src := byte(serverID), byte(requesterID)
	if c.calling {
		dst, src = src, dst
	}
	b := wire.NewBuilder(nil, wire.Link{})
	sixth := byte(0)
	if t.IsConnection() && t != wire.RConnect {
		sixth = src
	}
	if t == wire.Connect {
		dst = 0
	}
	b.Begin(t, dst, sixth)
	if t.IsData() {
		b.Data([]byte("data"))
	}
	for _, r := range t.Spec().Rules {
		if fill := fillers[r.PI]; fill != nil && (r.Need != wire.Optional || r.Group != 0 || always[r.PI]) {
			fill(&b, t)
		}
	}
	out, err := b.Done()
	if err != nil {
		c.t.Fatalf("build %s: %v", t, err)
	}
	return out
}

// always are the optional parameters that make the tests' units typical.
var always = map[wire.PI]bool{wire.PISync: true, wire.PIResync: true}

func number(pi wire.PI, v uint64) func(*wire.Builder, wire.Type) {
	return func(b *wire.Builder, _ wire.Type) { b.Num(pi, v) }
}

func text(pi wire.PI, s string) func(*wire.Builder, wire.Type) {
	return func(b *wire.Builder, _ wire.Type) { b.Text(pi, s) }
}

// fillers write a plausible value of each parameter that some unit must have.
var fillers = map[wire.PI]func(*wire.Builder, wire.Type){
	wire.PIRequester:  text(wire.PIRequester, "P"),
	wire.PIServer:     text(wire.PIServer, "S"),
	wire.PIVersion:    number(wire.PIVersion, 2),
	wire.PIAccessType: number(wire.PIAccessType, 2),
	wire.PISync:       func(b *wire.Builder, _ wire.Type) { b.Sync(4, 2) },
	wire.PIResync:     number(wire.PIResync, 1),
	wire.PIDiagnostic: func(b *wire.Builder, t wire.Type) {
		d := wire.Success
		switch t {
		case wire.Abort, wire.RConnect:
			d = wire.CutByAdministrator
		case wire.Resyn:
			d = wire.TransmissionError
		case wire.IDT:
			d = wire.VoluntaryStop
		}
		b.Diagnostic(d)
	},
	wire.PIFileType:      number(wire.PIFileType, 0),
	wire.PIFileName:      text(wire.PIFileName, "FILE"),
	wire.PITransfer:      number(wire.PITransfer, 5),
	wire.PIPriority:      number(wire.PIPriority, 1),
	wire.PIMaxEntity:     number(wire.PIMaxEntity, 4096),
	wire.PIFormat:        number(wire.PIFormat, 0x80),
	wire.PIArticleLength: number(wire.PIArticleLength, 1024),
	wire.PIReservation:   number(wire.PIReservation, 1),
	wire.PICreated:       nil,
	wire.PIPoint:         number(wire.PIPoint, 0),
	wire.PISyncPoint: func(b *wire.Builder, t wire.Type) {
		if t == wire.AckSyn {
			b.Num(wire.PISyncPoint, 0) // late: nothing new
			return
		}
		b.Num(wire.PISyncPoint, 1)
	},
	wire.PIEndCode: number(wire.PIEndCode, 4),
}
