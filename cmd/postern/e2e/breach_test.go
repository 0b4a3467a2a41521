package e2e

import (
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

func TestASyncPointOutOfOrderEndsTheCallAndTheTransferMayBeRestarted(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), points*stretch)
	p, _ := s.incoming(data)
	p.ok(p.Say(peer.Make(peer.SYN, p.Y, 0, peer.Num(20, 9))))
	_, err := p.Expect(peer.ACKSYN)
	p.refused(err, peer.ABORT, "3-311")
	s.eventually("the entry is interrupted", func() bool { e := s.entry(); return e.Status == "interrupted" && e.Point == 2 })
}

func TestADamagedUnitIsRepairedWhereThatWasAgreedAndEndsTheCallElsewhere(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2, resync: true"))
	data := content(random(t), points*stretch)
	for i, resync := range []bool{true, false} {
		h := hello(4, 2)
		h.Resync = resync
		p := s.dialAs(peer.Options{CRC: true})
		p.must(p.Connect(h))
		p.writing(peer.File{Name: "IN", Number: i + 1, Label: tag(i), Format: 0x80, Length: 1000})
		p.ok(p.Send(data, cut, 0, 3))
		bad := peer.Make(peer.DTF, p.Y, 0, []byte("damaged on its way"))
		sum := peer.Check(bad)
		p.ok(p.Bytes(append(append([]byte{0, byte(len(bad) + 2)}, bad...), sum[0]^1, sum[1])))
		if !resync {
			_, err := p.Expect(peer.ACKSYN)
			p.refused(err, peer.ABORT, "3-310")
			continue
		}
		u := p.must(p.Hear())
		if u.Type != peer.RESYN || u.Diagnostic() != "1-100" || u.Num(18) < 3 {
			t.Fatalf("damage is answered % X", u.Bytes)
		}
		p.ok(p.Say(peer.Make(peer.ACKRESYN, p.Y, 0, peer.Num(18, u.Num(18)))))
		p.ok(p.Send(data, cut, u.Num(18), 0))
		p.must(p.Finish(len(data), cut.Records(len(data))))
		p.ok(p.Leave())
	}
	s.eventually("the second is interrupted", func() bool { return byTag(s.entries())[tag(1)].Status == "interrupted" })
	s.arrived(byTag(s.entries())[tag(0)], data)
}

func TestTwoInterruptionsThatCrossLeaveTheSessionUsable(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), points*stretch)
	p, e := s.incoming(data)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.try("catalog", "halt", e.ID)
	}()
	s.eventually("the operator's stop is under way", func() bool { return p.Waiting() })
	p.ok(p.Say(peer.Make(peer.IDT, p.Y, 0, peer.P(2, 2, 0, 216), peer.P(19, 4))))
	u := p.must(p.Hear())
	if u.Type != peer.IDT {
		t.Fatalf("% X instead of the operator's IDT", u.Bytes)
	}
	p.must(p.Expect(peer.ACKIDT))
	p.ok(p.Say(peer.Make(peer.ACKIDT, p.Y, 0))) // late, and tolerated
	p.ok(p.Leave())
	<-done
	p.put(peer.File{Name: "IN", Number: 2, Label: tag(2), Format: 0x80, Length: 1000}, data, cut)
	s.arrived(byTag(s.entries())[tag(2)], data)
	p.ok(p.Release())
	s.idle()
}
