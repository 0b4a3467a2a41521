package e2e

import (
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

func TestARestartWhoseContextIsUnknownIsRefused(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	p := s.call(hello(4, 2))
	p.refused(ending(p.Create(peer.File{Name: "IN", Number: 9, Restart: true, Format: 0x80, Length: 1000})), peer.ACKCREATE, "2-214")
	u, err := p.Select(peer.File{Name: "OUT", Number: 9, Restart: true})
	if d := u.Diagnostic(); err == nil || d != "2-214" && d != "2-205" {
		t.Fatalf("SELECT of an unknown context: %v; 2-214 or 2-205 is right", err)
	}
	p.ok(p.Release())
	if e := s.entries(); len(e) > 0 {
		t.Errorf("refused restarts left %+v", e)
	}
}

func TestARestartOfWhatHasEndedIsADuplicate(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), 9000)
	p := s.call(hello(4, 2))
	p.put(peer.File{Name: "IN", Number: 5, Format: 0x80, Length: 1000}, data, cut)
	s.offer("OUT", "report", data)
	_, u := p.get(peer.File{Name: "report"})
	p.refused(ending(p.Create(peer.File{Name: "IN", Number: 5, Restart: true, Format: 0x80, Length: 1000})), peer.ACKCREATE, "2-250")
	p.refused(ending(p.Select(peer.File{Name: "report", Number: u.Num(13), Restart: true})), peer.ACKSELECT, "2-250")
	if e := s.entries(); len(e) != 2 || e[0].Status != "done" || e[1].Status != "done" {
		t.Errorf("entries %+v", e)
	}
}

func TestAReadMayBeRestartedFromAnyPointSinceTheLastAcknowledgedOneAndFromNoOther(t *testing.T) {
	data := content(random(t), points*stretch)
	s := start(t, usual("sync_interval: 4KiB, sync_window: 4, max_entity: 1030"))
	s.offer("OUT", "report", data)
	p := s.call(hello(4, 4))
	number := p.reading(peer.File{Name: "report"}, 0).Num(13)
	var got peer.Got
	p.ok(p.Receive(&got, 3)) // 1, 2 and 3 acknowledged; up to 7 may be on their way
	// A connection that is closed with data unread takes with it what its other side has not read.
	s.eventually("three points are acknowledged", func() bool { return s.entry().Point == 3 })
	p.ok(p.Close())
	s.eventually("the cut is noticed", func() bool { e := s.entry(); return e.Status == "interrupted" && e.Point == 3 })
	for _, c := range []struct {
		point int
		fine  bool
	}{{99, false}, {1, false}, {3, true}, {0, true}} {
		q := s.call(hello(4, 4))
		q.must(q.Select(peer.File{Name: "report", Number: number, Restart: true}))
		q.opened()
		err := q.BeginAt(c.point)
		if !c.fine {
			q.refused(err, peer.ACKREAD, "2-214")
			q.ok(q.Leave()) // back in OPEN-IDLE
			q.ok(q.Release())
			continue
		}
		q.ok(err)
		var rest peer.Got
		q.ok(q.Receive(&rest, 0))
		if from := len(data) - rest.Bytes; digest(append(data[:from:from], rest.Data()...)) != digest(data) || c.point > 0 && from != got.Points[c.point-1] || c.point == 0 && from != 0 {
			t.Fatalf("from point %d came the last %d bytes, or others", c.point, rest.Bytes)
		}
		if c.point == 0 {
			q.must(q.End(rest.Bytes, len(rest.Articles)))
			q.ok(q.Leave())
			break
		}
		q.ok(q.Close())
		s.eventually("the cut is noticed", func() bool { return s.entry().Status == "interrupted" })
	}
	if e := s.entry(); e.Status != "done" || e.SHA256 != digest(data) {
		t.Errorf("entry %+v", e)
	}
}

func TestAPointWithoutARestartIsRefused(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 4"))
	s.offer("OUT", "report", []byte("text"))
	p := s.call(hello(4, 2))
	p.must(p.Select(peer.File{Name: "report"}))
	p.opened()
	p.refused(p.BeginAt(1), peer.ACKREAD, "2-214")
	p.ok(p.Leave())
	if e := s.entry(); e.Status != "available" {
		t.Errorf("the offer is %s", e.Status)
	}
}

func TestAFileThatWasStoppedMayGoOnWithoutLeavingIt(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), points*stretch+77)
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "IN", Number: 3, Format: 0x80, Length: 1000})
	p.ok(p.Send(data, cut, 0, 4))
	p.ok(p.Say(peer.Make(peer.IDT, p.Y, 0, peer.P(2, 2, 0, 213), peer.P(19, 4))))
	p.must(p.Expect(peer.ACKIDT))
	if e := s.entry(); e.Status != "interrupted" || e.Point != 4 {
		t.Errorf("after IDT: %+v", e)
	}
	point, err := p.Begin()
	p.ok(err)
	if point != 4 {
		t.Fatalf("WRITE again begins at point %d", point)
	}
	p.ok(p.Send(data, cut, point, 0))
	p.must(p.Finish(len(data), cut.Records(len(data))))
	p.ok(p.Leave())
	s.arrived(s.entry(), data)
}

func TestAResynchronisationGoesBackToAPointWithinTheTransfer(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2, resync: true"))
	data := content(random(t), points*stretch)
	h := hello(4, 2)
	h.Resync = true
	p := s.call(h)
	p.writing(peer.File{Name: "IN", Number: 3, Format: 0x80, Length: 1000})
	p.ok(p.Send(data, cut, 0, 3))
	p.ok(p.Article([]byte("not of this file")))
	p.ok(p.Say(peer.Make(peer.RESYN, p.Y, 0, peer.P(2, 1, 0, 100), peer.Num(18, 3))))
	u := p.must(p.Expect(peer.ACKRESYN))
	if u.Num(18) != 3 {
		t.Fatalf("ACK(RESYN) names point %d", u.Num(18))
	}
	p.ok(p.Send(data, cut, 3, 0))
	p.must(p.Finish(len(data), cut.Records(len(data))))
	p.ok(p.Leave())
	s.arrived(s.entry(), data)
}
