package pesit_test

import (
	"strings"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// place is a state with the way there and what may be heard in it. Whatever is not listed breaks the protocol.
type place struct {
	name    string
	calling bool
	way     string // units heard and messages said
	hears   string // unit:event, unit:- when nothing comes of it; "*" when nothing is heard before an answer was said
}

// The expected table, written from PeSIT E §4.8 (tables 2, 4, 6, 8 and 10) and independent of the dialogue's own.
var places = []place{
	{"idle", false, "", "CONNECT:Hello"},
	{"connecting", false, "CONNECT", "*"},
	{"connected", false, connected, "CREATE:Request SELECT:Request MSG:Request MSGDM:- RELEASE:Bye ACK(SYN):- ACK(IDT):-"},
	{"message in parts", false, connected + " MSGDM", "MSGMM:- MSGFM:Request"},
	{"message whole", false, connected + " MSG", "*"},
	{"creating", false, connected + " CREATE", "*"},
	{"selecting", false, connected + " SELECT", "*"},
	{"selected to write", false, connected + " CREATE +Grant", "ORF:- DESELECT:Leave"},
	{"open to write", false, opened, "WRITE:Begin CRF:- ACK(SYN):- ACK(IDT):-"},
	{"starting to write", false, opened + " WRITE", "*"},
	{"receiving", false, receiving, taking},
	{"inside an article", false, receiving + " DTFDA", "DTFMA:Data DTFFA:Data IDT:Stop RESYN:Rewind"},
	{"received", false, receiving + " DTF.END", "TRANS.END:Finish IDT:Stop"},
	{"finishing a write", false, receiving + " DTF.END TRANS.END", "*"},
	{"open after the write", false, receiving + " DTF.END TRANS.END +Finished", "WRITE:Begin CRF:- ACK(SYN):- ACK(IDT):-"},
	{"stopping a write", false, receiving + " +Stop", dropping},
	{"rewinding a write", false, receiving + " +Rewind", rewinding},
	{"asked to rewind a write", false, receiving + " RESYN", "*"},
	{"rewound", false, receiving + " +Rewind ACK(RESYN)", "*"},
	{"selected to read", false, connected + " SELECT +Grant", "ORF:- DESELECT:Leave"},
	{"open to read", false, reading, "READ:Begin CRF:- ACK(SYN):- ACK(IDT):-"},
	{"starting to read", false, reading + " READ", "*"},
	{"sending", false, sending, giving},
	{"sent", false, sending + " +End", giving + " TRANS.END:Finish"},
	{"finishing a read", false, sending + " +End TRANS.END", "*"},
	{"stopping a read", false, sending + " +Stop", dropping},
	{"rewinding a read", false, sending + " +Rewind", rewinding},
	{"stopped for good and closed", false, receiving + " +Keep ACK(IDT) CRF", "DESELECT:Leave"},
	{"stopped for good and open", false, receiving + " +Keep ACK(IDT)", "CRF:- ACK(SYN):- ACK(IDT):-"},
	{"after two stops crossed", false, receiving + " +Stop IDT CRF", "ORF:- DESELECT:Leave ACK(IDT):-"},

	{"calling, connecting", true, "+Hello", "ACONNECT:Welcome RCONNECT:Refuse"},
	{"calling, connected", true, called, "ACK(SYN):- ACK(IDT):-"},
	{"calling, message", true, called + " +Message", "ACK(MSG):Reply ACK(SYN):- ACK(IDT):-"},
	{"calling, creating", true, called + " +Create", "ACK(CREATE):Grant ACK(SYN):- ACK(IDT):-"},
	{"calling, selecting", true, called + " +Read", "ACK(SELECT):Grant ACK(SYN):- ACK(IDT):-"},
	{"calling, selected", true, called + " +Create ACK(CREATE)", ""},
	{"calling, opening", true, called + " +Create ACK(CREATE) +Begin", "ACK(ORF):-"},
	{"calling, starting to write", true, called + " +Create ACK(CREATE) +Begin ACK(ORF)", "ACK(WRITE):Start ACK(SYN):- ACK(IDT):-"},
	{"calling, starting to read", true, called + " +Read ACK(SELECT) +Begin ACK(ORF)", "ACK(READ):Start ACK(SYN):- ACK(IDT):-"},
	{"calling, sending", true, writing, giving},
	{"calling, sent", true, writing + " +End", giving},
	{"calling, finishing a write", true, writing + " +End +Finish", giving + " ACK(TRANS.END):Finished"},
	{"calling, open", true, writing + " +End +Finish ACK(TRANS.END)", "ACK(SYN):- ACK(IDT):-"},
	{"calling, stopping a write", true, writing + " +Stop", dropping + " ACK(TRANS.END):-"},
	{"calling, rewinding a write", true, writing + " +Rewind", strings.Replace(rewinding, "RESYN:Rewind", "RESYN:-", 1)},
	{"calling, receiving", true, fetching, taking},
	{"calling, received", true, fetching + " DTF.END", "IDT:Stop"},
	{"calling, finishing a read", true, fetching + " DTF.END +Finish", "ACK(TRANS.END):Finished IDT:Stop ACK(SYN):-"},
	{"calling, closing", true, writing + " +Stop ACK(IDT) +Leave", "ACK(CRF):- ACK(SYN):- ACK(IDT):-"},
	{"calling, deselecting", true, writing + " +Stop ACK(IDT) +Leave ACK(CRF)", "ACK(DESELECT):Leave"},
	{"calling, releasing", true, called + " +Bye", "RELCONF:Bye ACK(SYN):- ACK(IDT):-"},
}

const (
	connected = "CONNECT +Welcome"
	opened    = connected + " CREATE +Grant ORF"
	receiving = opened + " WRITE +Start"
	reading   = connected + " SELECT +Grant ORF"
	sending   = reading + " READ +Start"
	called    = "+Hello ACONNECT"
	writing   = called + " +Create ACK(CREATE) +Begin ACK(ORF) ACK(WRITE)"
	fetching  = called + " +Read ACK(SELECT) +Begin ACK(ORF) ACK(READ)"

	taking    = "DTF:Data DTFDA:Data SYN:Sync DTF.END:End RESYN:Rewind IDT:Stop"
	giving    = "ACK(SYN):- RESYN:Rewind IDT:Stop"
	dropping  = "ACK(IDT):Stopped IDT:Stop DTF:- DTFDA:- DTFMA:- DTFFA:- SYN:- DTF.END:- TRANS.END:- ACK(SYN):- RESYN:- ACK(RESYN):-"
	rewinding = "ACK(RESYN):Rewound RESYN:Rewind IDT:Stop DTF:- DTFDA:- DTFMA:- DTFFA:- SYN:- DTF.END:- TRANS.END:- ACK(SYN):-"
)

// words are the messages of a way.
func words() map[string]sdk.Message {
	terms := sdk.Terms{sdk.NumberTerm("sync_interval", 4096), sdk.NumberTerm("sync_window", 2), sdk.FlagTerm("resync", true)}
	ask := func(a sdk.Action) sdk.Message {
		return sdk.Message{Kind: sdk.KindRequest, Request: &sdk.Request{Action: a, File: "FILE", Number: 5}}
	}
	return map[string]sdk.Message{
		"+Hello":    {Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: sdk.Claim{Name: "P", CalledName: "S"}, Terms: terms}},
		"+Welcome":  {Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{Terms: terms}},
		"+Grant":    {Kind: sdk.KindGrant, Grant: &sdk.Grant{Number: 5, Size: -1}},
		"+Start":    {Kind: sdk.KindStart},
		"+End":      {Kind: sdk.KindEnd},
		"+Finished": {Kind: sdk.KindFinished},
		"+Stop":     {Kind: sdk.KindStop, Restartable: true},
		"+Keep":     {Kind: sdk.KindStop, Keep: true},
		"+Rewind":   {Kind: sdk.KindRewind},
		"+Create":   ask(sdk.ActionCreate),
		"+Read":     ask(sdk.ActionRead),
		"+Message":  ask(sdk.ActionMessage),
		"+Begin":    {Kind: sdk.KindBegin, Point: 0},
		"+Finish":   {Kind: sdk.KindFinish},
		"+Leave":    {Kind: sdk.KindLeave},
		"+Bye":      {Kind: sdk.KindBye},
	}
}

func named(t testing.TB, name string) wire.Type {
	t.Helper()
	for _, x := range wire.Types() {
		if x.String() == name {
			return x
		}
	}
	t.Fatalf("no unit named %s", name)
	return 0
}

// goTo makes a conversation that has gone the way.
func (p place) goTo(t *testing.T) *conversation {
	t.Helper()
	c := converse(t, p.calling, nil)
	for _, step := range strings.Fields(p.way) {
		if m, ok := words()[step]; ok {
			c.say(m)
			c.hear(nil)
			continue
		}
		c.hear(c.unit(named(t, step)))
		if len(c.ev) > 0 && c.ev[0].Kind == sdk.KindFault {
			t.Fatalf("on the way, %s gives %v", step, c.ev[0].Refusal)
		}
	}
	return c
}

func TestEveryUnitInEveryStateDoesWhatTheTableSays(t *testing.T) {
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			want := map[string]string{}
			for _, x := range strings.Fields(p.hears) {
				unit, event, _ := strings.Cut(x, ":")
				want[unit] = event
			}
			for _, u := range wire.Types() {
				c := p.goTo(t)
				c.hear(c.unit(u))
				p.judge(t, c, u, want)
			}
		})
	}
}

func (p place) judge(t *testing.T, c *conversation, u wire.Type, want map[string]string) {
	t.Helper()
	got := "-"
	if len(c.ev) > 0 {
		got = c.ev[0].Kind.String()
	}
	event, listed := want[u.String()]
	switch {
	case p.hears == "*":
		if c.used != 0 || len(c.ev) != 0 || len(c.out) != 0 {
			t.Errorf("%s: heard before the answer was said: %s, % X", u, got, c.out)
		}
	case u == wire.Abort && p.name != "idle": // a call does not begin with one
		if got != "Fault" || !c.ev[0].Refusal.ByPeer || len(c.out) != 0 {
			t.Errorf("ABORT gives %s and % X", got, c.out)
		}
	case listed:
		if got != event {
			t.Errorf("%s gives %s, want %s", u, got, event)
		}
	case got != "Fault" || c.ev[0].Refusal.Code != sdk.ProtocolViolation || c.ev[0].Refusal.ByPeer:
		t.Errorf("%s gives %s, want a Fault", u, got)
	case p.name != "idle" && !strings.Contains(string(c.out), "\x02\x03\x03\x01\x37"):
		t.Errorf("%s is answered % X, want ABORT 3-311", u, c.out)
	}
}
