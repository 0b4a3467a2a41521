package e2e

import (
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// incoming is a partner in the middle of a write, with two points acknowledged, and the entry of it.
func (s *server) incoming(data []byte) (*partner, entry) {
	s.Helper()
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000})
	p.ok(p.Send(data, cut, 0, 2))
	return p, s.entry()
}

// verbWhile runs a verb that is answered when the transfer has stopped, while the partner sends on until it is told to stop.
func (p *partner) verbWhile(s *server, hear func() error, args ...string) (u peer.Unit, out string) {
	p.t.Helper()
	type answer struct {
		out, errs string
		status    int
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		a.out, a.errs, a.status = s.try(args...)
		done <- a
	}()
	u = p.stoppedBy(hear)
	a := <-done
	if a.status != 0 {
		p.t.Errorf("postern %s ends with status %d: %s%s", strings.Join(args, " "), a.status, a.out, a.errs)
	}
	return u, a.out
}

// waits hears until the server says something.
func (p *partner) waits() error { _, err := p.Expect(peer.ACKSYN); return err }

func TestHaltStopsAWriteWithCode4AndItMayGoOn(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), points*stretch)
	p, e := s.incoming(data)
	u, out := p.verbWhile(s, p.waits, "catalog", "halt", e.ID)
	if u.Diagnostic() != "2-216" || u.Num(19) != 4 || !strings.Contains(out, "suspended") && !strings.Contains(out, "interrupted") {
		t.Errorf("halt says % X to the partner and %q to the operator", u.Bytes, out)
	}
	p.ok(p.Leave())
	if e = s.entry(); e.Step != "H" || e.Point != 2 {
		t.Errorf("entry %+v", e)
	}
	if point := p.writing(peer.File{Name: "IN", Number: 1, Restart: true, Format: 0x80, Length: 1000}); point != 2 {
		t.Errorf("it goes on from point %d", point)
	}
	p.ok(p.Send(data, cut, 2, 0))
	p.must(p.Finish(len(data), cut.Records(len(data))))
	p.ok(p.Leave())
	s.arrived(s.entry(), data)
}

func TestKeepStopsAWriteWithCode12AndRefusesItsRestartUntilItIsReleased(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), points*stretch)
	p, e := s.incoming(data)
	u, _ := p.verbWhile(s, p.waits, "catalog", "keep", e.ID)
	if u.Diagnostic() != "2-216" || u.Num(19) != 12 {
		t.Errorf("keep says % X", u.Bytes)
	}
	p.ok(p.Leave())
	if e = s.entry(); e.Step != "K" || e.Status != "kept" {
		t.Errorf("entry %+v", e)
	}
	again := peer.File{Name: "IN", Number: 1, Restart: true, Format: 0x80, Length: 1000}
	p.refused(ending(p.Create(again)), peer.ACKCREATE, "2-214")
	s.verb("catalog", "release", e.ID)
	if e = s.entry(); e.Step != "H" || !strings.Contains("interrupted suspended", e.Status) {
		t.Errorf("released: %+v", e)
	}
	if point := p.writing(again); point != 2 {
		t.Errorf("it goes on from point %d", point)
	}
	p.ok(p.Send(data, cut, 2, 0))
	p.must(p.Finish(len(data), cut.Records(len(data))))
	p.ok(p.Leave())
	s.arrived(s.entry(), data)
}

func TestAReadIsHaltedAndKeptInTheSameWords(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 1, max_entity: 1200"))
	data := content(random(t), points*stretch)
	offered := s.offer("OUT", "report", data)
	p := s.call(hello(4, 1))
	var got peer.Got
	number := p.reading(peer.File{Name: "report"}, 0).Num(13)
	p.ok(p.Receive(&got, 2))
	quiet := func() error { // a window of one: data up to the next SYN, and nothing more until it is acknowledged
		for {
			u, err := p.Hear()
			if err != nil || u.Type == peer.IDT {
				return asRefused(u, err)
			}
		}
	}
	u, _ := p.verbWhile(s, quiet, "catalog", "keep", offered.ID)
	if u.Diagnostic() != "2-216" || u.Num(19) != 12 {
		t.Errorf("keep says % X", u.Bytes)
	}
	p.ok(p.Leave())
	again := peer.File{Name: "report", Number: number, Restart: true}
	p.refused(ending(p.Select(again)), peer.ACKSELECT, "2-214")
	s.verb("catalog", "release", offered.ID)
	p.reading(again, 2)
	u, _ = p.verbWhile(s, quiet, "catalog", "halt", offered.ID)
	if u.Diagnostic() != "2-216" || u.Num(19) != 4 {
		t.Errorf("halt says % X", u.Bytes)
	}
	p.ok(p.Leave())
	s.verb("catalog", "resume", offered.ID)
	if e := s.entry(); e.Status != "available" {
		t.Errorf("resumed: %+v", e)
	}
	whole, _ := p.get(peer.File{Name: "report"})
	if digest(whole) != digest(data) {
		t.Error("what was offered anew is another file")
	}
}

func asRefused(u peer.Unit, err error) error {
	if err != nil {
		return err
	}
	return &peer.Refused{Unit: u}
}

func TestDeleteHaltsAWriteAndLeavesNothingOfIt(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), points*stretch)
	p, e := s.incoming(data)
	u, _ := p.verbWhile(s, p.waits, "catalog", "delete", e.ID)
	if u.Diagnostic() != "2-216" {
		t.Errorf("delete says % X", u.Bytes)
	}
	p.ok(p.Leave())
	if left := s.entries(); len(left) > 0 {
		t.Errorf("deleted, and there is %+v", left)
	}
	if f := s.files(); len(f) > 0 {
		t.Errorf("deleted, and there is %v", f)
	}
	p.refused(ending(p.Create(peer.File{Name: "IN", Number: 1, Restart: true, Format: 0x80, Length: 1000})), peer.ACKCREATE, "2-214")
	p.ok(p.Release())
	s.idle()
}

func TestVerbsThatFitNoStateChangeNothing(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := []byte("a whole file")
	p := s.call(hello(4, 2))
	p.put(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000}, data, cut)
	e := s.entry()
	for _, verb := range []string{"halt", "keep", "release", "resume"} {
		if out, errs, status := s.try("catalog", verb, e.ID); status != 1 || errs == "" {
			t.Errorf("catalog %s of a finished transfer ends with status %d: %s%s", verb, status, out, errs)
		}
	}
	s.arrived(s.entry(), data)
	if _, errs, status := s.try("catalog", "halt", "no-such-id"); status != 1 || errs == "" {
		t.Errorf("halt of nothing ends with status %d: %s", status, errs)
	}
}

func TestADisabledPartnerIsRefusedUntilItIsEnabledAndARestartKeepsThat(t *testing.T) {
	s := start(t, usual(""))
	s.verb("partner", "disable", "PARIS")
	p := s.dial()
	p.refused(ending(p.Connect(hello(0, 0))), peer.RCONNECT, "3-312")
	s.kill()
	s.run()
	p = s.dial()
	p.refused(ending(p.Connect(hello(0, 0))), peer.RCONNECT, "3-312")
	s.verb("partner", "enable", "PARIS")
	s.call(hello(0, 0))
}

func TestHeldFilesAreReleasedOneAfterTheOtherByAMask(t *testing.T) {
	s := start(t, usual(""))
	want := []string{"first", "second", "third"}
	for _, name := range want {
		s.offer("OUT", name, []byte("content of "+name))
	}
	p := s.call(hello(0, 0))
	for _, name := range want {
		got, u := p.get(peer.File{Name: "*"})
		if u.Text(12) != name || string(got) != "content of "+name || u.Num(13) == 0 {
			t.Errorf("%q came as %q", got, u.Text(12))
		}
	}
	p.refused(ending(p.Select(peer.File{Name: "*"})), peer.ACKSELECT, "2-205")
	p.ok(p.Release())
}
