package pesit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

func TestNoSecretStandsInAnErrorOrAFault(t *testing.T) {
	const secret = "hushhush"
	for name, spoil := range map[string]func(b *wire.Builder){
		"a value that is not legal":   func(b *wire.Builder) { b.Num(wire.PIVersion, 0); b.Num(wire.PIAccessType, 0) },
		"check bytes that are absent": func(b *wire.Builder) { b.Num(wire.PIVersion, 2); b.Num(wire.PIAccessType, 0) },
	} {
		c := converse(t, false, nil)
		b := wire.NewBuilder(nil, wire.Link{})
		b.Begin(wire.Connect, 0, requesterID)
		if strings.HasPrefix(name, "check") {
			b.Num(wire.PICRC, 1)
		}
		b.Text(wire.PIRequester, "P")
		b.Text(wire.PIServer, "S")
		b.Access(secret, secret)
		spoil(&b)
		in := must(b.Done())
		c.hear(in)
		if len(c.ev) != 1 || c.ev[0].Kind != sdk.KindFault {
			t.Fatalf("%s: %v", name, c.ev)
		}
		shown := fmt.Sprintf("%v %+v %s", c.ev[0].Refusal, *c.ev[0].Refusal, c.out)
		if strings.Contains(shown, secret) {
			t.Errorf("%s: %s", name, shown)
		}
	}
	c := converse(t, true, nil)
	_, out, err := c.d.Say(sdk.Message{Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: sdk.Claim{Name: "P", CalledName: "S",
		Secret: sdk.NewSecret(secret + secret)}}}, nil)
	if err == nil || len(out) > 0 || strings.Contains(err.Error(), secret) {
		t.Errorf("a secret that is too long: %v, % X", err, out)
	}
}

func TestTextsFromThePeerCannotPlayWithATerminal(t *testing.T) {
	c := way(t, nil, "CONNECT", "+Welcome")
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.Abort, serverID, requesterID)
	b.Diagnostic(wire.CutByAdministrator)
	b.Text(wire.PIDiagnosticText, "bye\x1b[2J\r\nnow")
	c.hear(must(b.Done()))
	if text := c.ev[0].Refusal.Error(); strings.ContainsAny(text, "\x1b\r\n") {
		t.Errorf("%q", text)
	}
}
