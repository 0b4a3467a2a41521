package pesit_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire/golden"
	"github.com/postern/postern/sdk"
)

// goldens are the golden vectors as they travel: with an entity prefix.
func goldens(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := golden.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, v := range all {
		b := v.Bytes
		if v.Kind == "fpdu" {
			b = append([]byte{byte(len(b) >> 8), byte(len(b))}, b...)
		}
		out[v.Name] = b
	}
	return out
}

// golding is a conversation in golden vectors.
type golding struct {
	*conversation
	v map[string][]byte
}

// takes offers a vector and checks what comes of it.
func (g golding) takes(name string, want ...sdk.Kind) {
	g.t.Helper()
	in, ok := g.v[name]
	if !ok {
		g.t.Fatalf("no vector %q", name)
	}
	g.hear(in)
	if len(g.ev) != len(want) || g.used != len(in) {
		g.t.Fatalf("%s gives %d events and uses %d of %d bytes", name, len(g.ev), g.used, len(in))
	}
	for i, k := range want {
		if g.ev[i].Kind != k {
			g.t.Fatalf("%s gives %s, want %s", name, g.ev[i].Kind, k)
		}
	}
}

// wrote checks that what was said last is a vector.
func (g golding) wrote(name string) {
	g.t.Helper()
	if want, ok := g.v[name]; !ok || !bytes.Equal(g.out, want) {
		g.t.Fatalf("wrote % X, want %s: % X", g.out, name, want)
	}
}

func goldenServer(t *testing.T) golding {
	return golding{converse(t, false, nil), goldens(t)}
}

func TestTheGoldenWriteFlowsThroughTheServer(t *testing.T) {
	g := goldenServer(t)
	g.takes("V15 pre-connection")
	g.wrote("V15 ACK0")
	g.takes("V1 CONNECT", sdk.KindHello)
	g.say(sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{}})
	g.wrote("V2 ACONNECT")
	g.takes("V5 CREATE", sdk.KindRequest)
	g.say(sdk.Message{Kind: sdk.KindGrant, Grant: &sdk.Grant{Number: 36812}})
	g.wrote("V6 ACK(CREATE)")
	g.takes("V7 ORF of Connect:Express")
	g.wrote("V7 ACK(ORF)")
	g.takes("V7 WRITE", sdk.KindBegin)
	g.say(sdk.Message{Kind: sdk.KindStart})
	g.wrote("V7 ACK(WRITE)")
	g.takes("V8 DTF of one article", sdk.KindData)
	g.takes("V10 DTF.END", sdk.KindEnd)
	g.takes("V10 TRANS.END with counters", sdk.KindFinish)
	if !g.ev[0].Agree {
		t.Fatal("the counts do not agree")
	}
	g.say(sdk.Message{Kind: sdk.KindFinished})
	g.wrote("V10 ACK(TRANS.END)")
	g.takes("V10 CRF")
	g.wrote("V10 ACK(CRF)")
	g.takes("V10 DESELECT", sdk.KindLeave)
	g.wrote("V10 ACK(DESELECT)")
	g.takes("V14 MSG", sdk.KindRequest)
	g.ref = g.ev[0].Ref
	g.say(sdk.Message{Kind: sdk.KindReply, Reply: &sdk.Reply{}})
	g.takes("V12 RELEASE", sdk.KindBye)
	g.wrote("V12 RELCONF")
}

func TestTheGoldenDataUnitsFlowThroughTheServer(t *testing.T) {
	g := goldenServer(t)
	g.takes("V3 CONNECT with a password, sync points and resynchronisation", sdk.KindHello)
	g.say(sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{}})
	g.wrote("V3 ACONNECT that accepts it all")
	g.takes("V5 CREATE", sdk.KindRequest)
	g.say(sdk.Message{Kind: sdk.KindGrant, Grant: &sdk.Grant{}})
	g.takes("V7 ORF")
	g.takes("V7 WRITE", sdk.KindBegin)
	g.say(sdk.Message{Kind: sdk.KindStart})
	g.takes("V8 DTF of three articles", sdk.KindData, sdk.KindData, sdk.KindData)
	g.takes("V9 DTF and SYN in one entity", sdk.KindData, sdk.KindSync)
	g.say(sdk.Message{Kind: sdk.KindSynced, Point: 1})
	g.wrote("V9 ACK(SYN) 1")
	g.takes("V8 DTFDA", sdk.KindData)
	g.takes("V8 DTFMA", sdk.KindData)
	g.takes("V9 DTFFA and DTF.END in one entity", sdk.KindData, sdk.KindEnd)
	g.takes("V13 IDT that cancels", sdk.KindStop)
	g.wrote("V13 ACK(IDT)")
}

func TestTheGoldenSelectionFlowsThroughTheServer(t *testing.T) {
	g := goldenServer(t)
	g.takes("V3 CONNECT of Connect:Express with its padded password", sdk.KindHello)
	if g.ev[0].Hello.Secret.Reveal() != "test123" {
		t.Fatal("the padding belongs to the password")
	}
	g.say(sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{}})
	g.takes("SELECT with the leading zero that Connect:Express puts into PI 13", sdk.KindRequest)
	if n := g.ev[0].Request.Number; n != 9417 {
		t.Fatalf("number %d", n)
	}
	g.say(sdk.Message{Kind: sdk.KindGrant, Grant: &sdk.Grant{Number: 9419, File: "TESTFILE", Size: 1 << 30,
		Modified: time.Date(2026, 1, 19, 1, 25, 5, 0, time.UTC), Terms: sdk.Terms{sdk.NumberTerm(pesit.TermRecordLength, 1024)}}})
	g.wrote("V11 ACK(SELECT)")
}

func TestTheRequesterWritesTheGoldenUnits(t *testing.T) {
	g := golding{converse(t, true, nil), goldens(t)}
	hello := &sdk.Hello{Terms: sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 0)}}
	hello.Name, hello.CalledName, hello.Access = "LOOP", "CETOM1", "write"
	g.say(sdk.Message{Kind: sdk.KindHello, Hello: hello})
	g.wrote("V1 CONNECT")
	g.takes("V2 ACONNECT", sdk.KindWelcome)
	g.say(sdk.Message{Kind: sdk.KindRequest, Request: &sdk.Request{Action: sdk.ActionCreate, File: "FILE", Number: 36812, Size: 1000,
		Terms:      sdk.Terms{sdk.NumberTerm(pesit.TermRecordLength, 1024), sdk.WordsTerm(pesit.TermCompression)},
		Attributes: map[string]string{pesit.AttrCreated: "2026-01-20T13:58:57"}}})
	g.wrote("V5 CREATE")
	g.takes("V6 ACK(CREATE)", sdk.KindGrant)
	g.say(sdk.Message{Kind: sdk.KindBegin, Point: sdk.NoPoint})
	g.wrote("V7 ORF")
	g.takes("V7 ACK(ORF)")
	g.wrote("V7 WRITE")
	g.takes("V7 ACK(WRITE)", sdk.KindStart)
	g.say(sdk.Message{Kind: sdk.KindData, At: -1, Bytes: []byte("Hello PeSIT!")})
	g.wrote("V8 DTF of one article")
	g.say(sdk.Message{Kind: sdk.KindEnd})
	g.wrote("V10 DTF.END")
	g.say(sdk.Message{Kind: sdk.KindFinish})
	g.wrote("V10 TRANS.END with counters")
	g.takes("V10 ACK(TRANS.END)", sdk.KindFinished)
	g.say(sdk.Message{Kind: sdk.KindLeave})
	g.wrote("V10 CRF")
	g.takes("V10 ACK(CRF)")
	g.wrote("V10 DESELECT")
	g.takes("V10 ACK(DESELECT)", sdk.KindLeave)
	g.say(sdk.Message{Kind: sdk.KindBye})
	g.wrote("V12 RELEASE")
	g.takes("V12 RELCONF", sdk.KindBye)
}
