package e2e

import (
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// message is the body of a MSG or MSGDM.
func message(kind, number int, name, text string, reply byte) [][]byte {
	return [][]byte{peer.Group(9, peer.Num(11, kind), peer.Text(12, name)), peer.Num(13, number), peer.P(14, reply), peer.Text(91, text)}
}

const freeMessage = 0xFFFF

func (p *partner) message(units ...[]byte) peer.Unit {
	p.t.Helper()
	p.ok(p.Say(units...))
	return p.must(p.Expect(peer.ACKMSG))
}

func TestAMessageIsAcknowledgedWithTheRecordedOctetsAndKept(t *testing.T) {
	s := prepareGolden(t)
	p := s.dial()
	walk(p, `
		V3 CONNECT  > 00 28 40 20 00 01 03 05 50 41 52 54 31 04 03 53 52 56 05 06 73 65 63 72 65 74 06 01 02 07 03 00 20 02 16 01 02 17 01 01
		ACONNECT    < 00 11 40 21 01 YY 06 01 02 07 03 00 20 02 17 01 01
		V14 MSG     > 00 1C C0 16 YY 00 09 0A 0B 02 FF FF 0C 04 49 44 4D 31 0D 01 05 0E 01 00 5B 02 68 69
		ACK(MSG)    < 00 0E C0 3B 01 00 02 03 00 00 00 0D 01 05
		RELEASE     > 00 0B 40 23 YY 01 02 03 00 00 00
		RELCONF     < 00 06 40 24 01 YY
	`)
	if e := s.entry(); e.Kind != "message" || e.Status != "done" || e.Text != "hi" || e.File != "IDM1" || e.Partner != "PART1" {
		t.Errorf("entry %+v", e)
	}
}

func TestASegmentedMessageIsOneMessageWithOneAnswer(t *testing.T) {
	s := start(t, usual(""))
	p := s.call(hello(0, 0))
	text := strings.Repeat("0123456789 ", 900)
	first, middle, last := text[:4000], text[4000:8000], text[8000:]
	u := p.message(peer.Make(peer.MSGDM, p.Y, 0, message(freeMessage, 7, "LONG", first, 1)...),
		peer.Make(peer.MSGMM, p.Y, 0, peer.Text(91, middle)), peer.Make(peer.MSGFM, p.Y, 0, peer.Text(91, last)))
	if u.Num(13) != 7 {
		t.Errorf("ACK(MSG) % X", u.Bytes)
	}
	u = p.message(peer.Make(peer.MSG, p.Y, 0, message(freeMessage, 8, "SHORT", "one", 1)...)) // one answer for each: nothing is left over
	if u.Num(13) != 8 {
		t.Errorf("ACK(MSG) % X", u.Bytes)
	}
	p.ok(p.Release())
	all := s.entries()
	if len(all) != 2 || all[0].Text != strings.TrimRight(text, " ") || all[1].Text != "one" {
		t.Errorf("entries %+v", all)
	}
}

func TestAMessageMayComeBetweenTwoFiles(t *testing.T) {
	s := start(t, usual(""))
	p := s.call(hello(0, 0))
	plan := peer.Plan{Article: 100}
	p.put(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 100}, []byte("first"), plan)
	p.message(peer.Make(peer.MSG, p.Y, 0, message(freeMessage, 2, "M", "between", 0)...))
	p.put(peer.File{Name: "IN", Number: 3, Format: 0x80, Length: 100}, []byte("second"), plan)
	p.ok(p.Release())
	all := s.entries()
	if len(all) != 3 || all[1].Kind != "message" {
		t.Fatalf("entries %+v", all)
	}
	s.arrived(all[0], []byte("first"))
	s.arrived(all[2], []byte("second"))
}

func TestAPartnerWhoseMessagesAreNotTakenIsToldSoAndGoesOn(t *testing.T) {
	s := start(t, strings.Replace(usual(""), `send: ["*"]`, `send: ["*"], messages: false`, 1))
	p := s.call(hello(0, 0))
	p.ok(p.Say(peer.Make(peer.MSG, p.Y, 0, message(freeMessage, 2, "M", "text", 0)...)))
	p.refused(ending(p.Expect(peer.ACKMSG)), peer.ACKMSG, "2-209")
	p.put(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 100}, []byte("a file"), peer.Plan{Article: 100})
	s.arrived(s.entry(), []byte("a file"))
}

func TestTheAcknowledgementOfAFileThatWasSentFlagsItsEntry(t *testing.T) {
	s := start(t, usual(""))
	s.offer("OUT", "report", []byte("the report"))
	s.offer("OUT", "other", []byte("another one"))
	p := s.call(hello(0, 0))
	_, u := p.get(peer.File{Name: "report"})
	p.get(peer.File{Name: "other"})
	p.message(peer.Make(peer.MSG, p.Y, 0, message(u.Num(11), u.Num(13), u.Text(12), "well received", 0)...))
	all := byName(s.entries())
	if all["report"].Ack != "acknowledged" || all["other"].Ack != "" {
		t.Errorf("acknowledged: %q and %q", all["report"].Ack, all["other"].Ack)
	}
	p.ok(p.Say(peer.Make(peer.MSG, p.Y, 0, message(0, 999, "nothing", "well received", 0)...)))
	if _, err := p.Expect(peer.ACKMSG); err == nil {
		t.Error("the acknowledgement of a file that was never sent was taken")
	}
	p.ok(p.Release())
}
