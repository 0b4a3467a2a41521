package wiring

import (
	"strings"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// unit builds an FPDU.
func unit(t *testing.T, l wire.Link, kind wire.Type, f func(*wire.Builder)) []byte {
	t.Helper()
	b := wire.NewBuilder(nil, l)
	b.Begin(kind, 1, 2)
	f(&b)
	out, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestATraceTellsTheMessagesAndNoPassword(t *testing.T) {
	link := wire.Link{Framing: wire.Raw, CRC: true}
	logon, err := wire.AppendLogon(nil, link.Framing, wire.Logon{Service: "PESIT", ID: "PARIS", Password: "topmost"})
	if err != nil {
		t.Fatal(err)
	}
	connect := unit(t, link, wire.Connect, func(b *wire.Builder) {
		b.Num(wire.PICRC, 1)
		b.Text(wire.PIRequester, "PARIS")
		b.Text(wire.PIServer, "POSTERN")
		b.Access("topmost", "changed")
		b.Num(wire.PIVersion, 2)
		b.Num(wire.PIAccessType, 0)
	})
	bye := unit(t, link, wire.Release, func(b *wire.Builder) { b.Diagnostic(wire.Success) })
	for _, pieces := range []int{1, 7, 1 << 20} {
		var out strings.Builder
		trace := NewTrace(&out, sdk.Terms{sdk.WordsTerm("framing", "raw"), sdk.FlagTerm("crc", true), sdk.FlagTerm("preconnection", true)})
		feed := func(sent bool, b []byte) {
			for len(b) > 0 {
				n := min(pieces, len(b))
				trace.Bytes(sent, b[:n])
				b = b[n:]
			}
		}
		feed(true, logon)
		feed(false, wire.AppendLogonAnswer(nil, link.Framing, true))
		feed(true, append(connect, bye...))
		feed(false, []byte("this is not PeSIT at all"))
		feed(false, []byte("nor is this"))
		trace.Close()
		got := out.String()
		for _, secret := range []string{"topmost", "changed"} {
			if strings.Contains(got, secret) {
				t.Errorf("in pieces of %d: the trace tells %q:\n%s", pieces, secret, got)
			}
		}
		want := []string{`-> LOGON service="PESIT" id="PARIS" password=***`, "<- ACK0", "-> CONNECT ", "-> RELEASE ", "<- unreadable: "}
		lines := strings.Split(strings.TrimSpace(got), "\n")
		if len(lines) != len(want) {
			t.Fatalf("in pieces of %d:\n%s", pieces, got)
		}
		for i := range want {
			if !strings.HasPrefix(lines[i], want[i]) {
				t.Errorf("in pieces of %d: %s\nwant %s", pieces, lines[i], want[i])
			}
		}
	}
}
