package pesit_test

import (
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

func TestEveryRefusalIsSaidAndHeardWithItsDiagnostic(t *testing.T) {
	for _, row := range sdk.Codes() {
		if _, err := wire.ParseDiagnostic(row.PeSIT); err != nil {
			continue // never said to a peer
		}
		t.Run(string(row.Code), func(t *testing.T) {
			server := way(t, nil, "CONNECT", "+Welcome", "CREATE")
			server.say(sdk.Message{Kind: sdk.KindRefuse, Refusal: sdk.Refuse(row.Code, "private")})
			requester := place{calling: true, way: called + " +Create"}.goTo(t)
			requester.hear(server.out)
			if len(requester.ev) != 1 || requester.ev[0].Kind != sdk.KindRefuse {
				t.Fatalf("heard %v", requester.ev)
			}
			r := requester.ev[0].Refusal
			if !r.ByPeer || r.Diagnostic != row.PeSIT {
				t.Errorf("heard %s, by the peer %v, want %s", r.Diagnostic, r.ByPeer, row.PeSIT)
			}
			if row.Code == sdk.OperatorHalt {
				if r.Code != sdk.PeerStopped { // it was not our operator
					t.Errorf("a halt of the other side is heard as %s", r.Code)
				}
				return
			}
			back, ok := r.Code.Row()
			if !ok || back.PeSIT != row.PeSIT || back.Temporary != r.Temporary {
				t.Errorf("%s is heard as %s, which is %s", row.PeSIT, r.Code, back.PeSIT)
			}
		})
	}
}

func TestAnUnknownDiagnosticIsKept(t *testing.T) {
	c := place{calling: true, way: "+Hello"}.goTo(t)
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.RConnect, requesterID, 0)
	b.Diagnostic(wire.NewDiagnostic(3, 777))
	c.hear(must(b.Done()))
	if r := c.ev[0].Refusal; r.Code != sdk.PeerStopped || r.Diagnostic != "3-777" || !r.ByPeer {
		t.Errorf("heard %+v", r)
	}
}

func TestSettingsThatAreNotLegalAreRefused(t *testing.T) {
	for name, s := range map[string]sdk.Term{
		"framing": sdk.WordsTerm(pesit.SettingFraming, "token-ring"),
		"version": sdk.NumberTerm(pesit.SettingVersion, 3),
		"oldest":  sdk.NumberTerm(pesit.SettingOldest, 0),
		"crc":     sdk.NumberTerm(pesit.SettingCRC, 1),
	} {
		if _, _, err := (pesit.Protocol{}).Begin(sdk.Opening{Role: sdk.Calling, Settings: sdk.Terms{s}}, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTheDescriptionIsItsOwnDefault(t *testing.T) {
	d := pesit.Protocol{}.Describe()
	for _, s := range append(d.Terms, d.Settings...) {
		if s.Describe == "" || s.Kind == sdk.TermNumber && (s.Number < s.Min || s.Max > 0 && s.Number > s.Max) {
			t.Errorf("%s: %+v", s.Name, s)
		}
	}
	c := converse(t, false, nil)
	c.hear(c.unit(wire.Connect))
	if name, ok := c.ev[0].Hello.Terms.NoWider(d.Defaults()); !ok && name != pesit.TermSyncInterval {
		t.Errorf("term %s of a modest caller is wider than the default", name)
	}
}
