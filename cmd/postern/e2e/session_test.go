package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

func TestFilesOfEverySizeAroundTheIntervalGoInAndOut(t *testing.T) {
	r := random(t)
	s := start(t, usual("sync_interval: 4KiB, sync_window: 3"))
	for _, window := range []int{0, 1, 3} {
		p := s.call(hello(4, window))
		if p.Window != window {
			t.Fatalf("window %d was answered to %d", p.Window, window)
		}
		for _, size := range []int{0, 1, 4095, 4096, 4097, 8192, 8193} {
			name := fmt.Sprintf("w%d-%d", window, size)
			data := content(r, size)
			p.put(peer.File{Name: "IN", Number: 1 + size, Label: name, Format: 0x80, Length: 1000}, data, cut)
			s.offer("OUT", name, data)
			got, _ := p.get(peer.File{Name: name})
			if !bytes.Equal(got, data) {
				t.Errorf("%s came back with %d bytes", name, len(got))
			}
		}
		p.ok(p.Release())
	}
	for _, e := range s.entries() {
		if e.Status != "done" {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestARestartOfATransferWhoseSessionLivesIsRefusedAndOfOneWhoseConnectionIsGoneIsNot(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(random(t), points*stretch)
	p, _ := s.incoming(data)
	again := peer.File{Name: "IN", Number: 1, Restart: true, Format: 0x80, Length: 1000}
	q := s.call(hello(4, 2))
	q.refused(ending(q.Create(again)), peer.ACKCREATE, "2-207")
	p.ok(p.Send(data, cut, 2, 3)) // it was not disturbed
	p.Close()
	if point := q.writing(again); point != 3 {
		t.Errorf("it goes on from point %d", point)
	}
	q.ok(q.Send(data, cut, 3, 0))
	q.must(q.Finish(len(data), cut.Records(len(data))))
	s.arrived(s.entry(), data)
}

func TestANewTransferWithTheSameKeyTakesThePlaceOfAnInterruptedOne(t *testing.T) {
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	r := random(t)
	p, first := s.incoming(content(r, points*stretch))
	p.ok(p.Say(peer.Make(peer.ABORT, p.Y, p.X, peer.P(2, 3, 1, 0x36))))
	p.Close()
	s.eventually("the abort is noticed", func() bool { return s.entry().Status == "interrupted" })
	data := content(r, points*stretch)
	q := s.call(hello(4, 2))
	f := peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000}
	if point := q.writing(f); point != 0 {
		t.Errorf("a new transfer begins at point %d", point)
	}
	q.ok(q.Send(data, cut, 0, 4))
	q.Close()
	s.eventually("the cut is noticed", func() bool { all := s.entries(); return all[len(all)-1].Status == "interrupted" })
	f.Restart = true
	q = s.call(hello(4, 2))
	if point := q.writing(f); point != 4 {
		t.Errorf("the restart goes on from point %d: it is that of the newer transfer", point)
	}
	q.ok(q.Send(data, cut, 4, 0))
	q.must(q.Finish(len(data), cut.Records(len(data))))
	q.ok(q.Leave())
	all := s.entries()
	if len(all) != 2 || all[0].ID != first.ID || all[0].Status != "interrupted" {
		t.Fatalf("entries %+v", all)
	}
	s.arrived(all[1], data)
}

func TestAnAbortAnAbruptEndAndSilenceLeaveARestartableEntry(t *testing.T) {
	s := start(t, strings.Replace(usual("sync_interval: 4KiB, sync_window: 2"), "message: 30s", "message: 500ms", 1))
	data := content(random(t), points*stretch)
	for i, end := range []func(p *partner){
		func(p *partner) { p.ok(p.Say(peer.Make(peer.ABORT, p.Y, p.X, peer.P(2, 3, 1, 0x36)))) },
		func(p *partner) { p.Close() },
		func(p *partner) { _, err := p.Expect(peer.ACKSYN); p.refused(err, peer.ABORT, "3-317") },
	} {
		p := s.call(hello(4, 2))
		p.writing(peer.File{Name: "IN", Number: i + 1, Label: tag(i), Format: 0x80, Length: 1000})
		p.ok(p.Send(data, cut, 0, 2))
		end(p)
		s.eventually("the entry is interrupted", func() bool { e := byTag(s.entries())[tag(i)]; return e.Status == "interrupted" && e.Point == 2 })
		q := s.call(hello(4, 2))
		if point := q.writing(peer.File{Name: "IN", Number: i + 1, Label: tag(i), Restart: true, Format: 0x80, Length: 1000}); point != 2 {
			t.Errorf("it goes on from point %d", point)
		}
		q.ok(q.Send(data, cut, 2, 0))
		q.must(q.Finish(len(data), cut.Records(len(data))))
		s.arrived(byTag(s.entries())[tag(i)], data)
	}
}

func TestAnIdleSessionIsEndedWithItsOwnCode(t *testing.T) {
	s := start(t, strings.Replace(usual(""), "idle: 30s", "idle: 300ms", 1))
	p := s.call(hello(0, 0))
	began := time.Now()
	_, err := p.Expect(peer.RELCONF)
	p.refused(err, peer.ABORT, "3-313")
	if d := time.Since(began); d < 200*time.Millisecond {
		t.Errorf("after %s", d)
	}
	s.idle()
}

func TestWhatTheAccessTypeRulesOutIsRefusedAndTheSessionGoesOn(t *testing.T) {
	s := start(t, usual(""))
	h := hello(0, 0)
	h.Access = 0
	p := s.call(h)
	p.refused(ending(p.Select(peer.File{Name: "OUT"})), peer.ACKSELECT, "2-226")
	p.put(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 100}, []byte("text"), peer.Plan{Article: 100})
	h.Access = 1
	q := s.call(h)
	q.refused(ending(q.Create(peer.File{Name: "IN", Number: 2, Format: 0x80})), peer.ACKCREATE, "2-226")
	q.ok(q.Release())
	s.eventually("both refusals are listed", func() bool { return s.refusals()["direction.forbidden"] == 2 })
}

func TestNoNameLeadsOutOfTheFolderOfItsFlow(t *testing.T) {
	s := start(t, usual(""))
	for i, name := range []string{"../../../tmp/escape", "/etc/passwd", "..", ".hidden", "a/../../b", "a\x00b", ".postern-x.part"} {
		p := s.call(hello(0, 0))
		u, err := p.Create(peer.File{Name: "IN", Label: name, Number: i + 1, Format: 0x80, Length: 100})
		if err == nil {
			p.opened()
			_, err = p.Begin()
			p.ok(err)
			p.ok(p.Article([]byte("x")))
			p.must(p.Finish(1, 1))
			p.ok(p.Leave())
		} else if d := u.Diagnostic(); d != "2-226" {
			t.Errorf("%q is refused with %s", name, d)
		}
		p.Close()
	}
	for _, f := range s.files() {
		if filepath.Dir(f) != "in" {
			t.Errorf("file %s", f)
		}
	}
	for _, e := range s.entries() {
		if !strings.HasPrefix(e.Path, "in/") || e.Status != "done" {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestOfTwoFilesWithOneNameTheSecondIsRefusedEvenAtTheLastMoment(t *testing.T) {
	s := start(t, strings.Replace(usual(""), `in/{{.File}}-{{.ID}}`, `in/{{.File}}`, 1))
	plan := peer.Plan{Article: 100}
	f := peer.File{Name: "IN", Number: 1, Label: "same", Format: 0x80, Length: 100}
	p, q := s.call(hello(0, 0)), s.call(hello(0, 0))
	p.writing(f)
	f.Number = 2
	q.must(q.Create(f))
	q.opened()
	_, err := q.Begin()
	q.ok(err)
	q.ok(q.Article([]byte("second")))
	p.ok(p.Send([]byte("first"), plan, 0, 0))
	p.must(p.Finish(5, 1))
	p.ok(p.Leave())
	_, err = q.Finish(6, 1)
	q.refused(err, peer.ACKTRANSEND, "2-204")
	q.ok(q.Leave())
	f.Number = 3
	q.refused(ending(q.Create(f)), peer.ACKCREATE, "2-204")
	if got := s.stored("in/same"); string(got) != "first" {
		t.Errorf("the file holds %q", got)
	}
	all := s.entries()
	s.arrived(all[0], []byte("first"))
	if len(all) != 2 || all[1].Status == "done" {
		t.Errorf("entries %+v", all)
	}
}

func TestAQuotaIsKeptAtTheRequestAndDuringTheTransfer(t *testing.T) {
	s := start(t, strings.Replace(usual("sync_interval: 4KiB, sync_window: 2"), "root: ./files}", "root: ./files, quota: 20KiB}", 1))
	data := content(random(t), points*stretch)
	p := s.call(hello(4, 2))
	p.refused(ending(p.Create(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000, Size: 21})), peer.ACKCREATE, "2-206")
	p.writing(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000})
	err := p.Send(data, cut, 0, points)
	p.refused(err, peer.IDT, "2-219")
	p.ok(p.Say(peer.Make(peer.ACKIDT, p.Y, 0)))
	p.ok(p.Leave())
	s.verb("catalog", "delete", s.entry().ID) // what it took is given back
	p.put(peer.File{Name: "IN", Number: 2, Label: tag(2), Format: 0x80, Length: 1000}, data[:100], cut)
	s.arrived(byTag(s.entries())[tag(2)], data[:100])
}

func TestAFileThatChangedSinceItsFirstPartWasSentIsNotGoneOnWith(t *testing.T) {
	s := start(t, strings.Replace(usual("sync_interval: 4KiB, sync_window: 2, max_entity: 1200"), `OUT: {path: "out/{{.File}}-{{.ID}}"}`, `OUT: {path: "out/report", publish: true}`, 1))
	data := content(random(t), points*stretch)
	s.publish("out/report", string(data))
	p := s.call(hello(4, 2))
	number := p.reading(peer.File{Name: "OUT"}, 0).Num(13)
	var got peer.Got
	p.ok(p.Receive(&got, 2))
	p.Close()
	s.eventually("the cut is noticed", func() bool { return s.entry().Status == "interrupted" })
	if err := os.WriteFile(filepath.Join(s.dir, "files/out/report"), append([]byte("changed"), data...), 0o600); err != nil {
		t.Fatal(err)
	}
	q := s.call(hello(4, 2))
	_, err := q.Select(peer.File{Name: "OUT", Number: number, Restart: true})
	if err == nil {
		q.opened()
		err = q.BeginAt(2)
	}
	var r *peer.Refused
	if !errors.As(err, &r) || r.Diagnostic() != "2-214" {
		t.Errorf("%v; 2-214 is right", err)
	}
}

func TestASecondServerOnTheSameDataIsTurnedAway(t *testing.T) {
	s := start(t, usual(""))
	out, errs, status := s.try("serve")
	if status == 0 || strings.Contains(out, "ready") || errs == "" {
		t.Errorf("a second server ends with status %d: %s%s", status, out, errs)
	}
	s.call(hello(0, 0))
}
