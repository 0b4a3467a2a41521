package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// stoppedBy reads until the server stops the transfer with IDT, answers it and leaves the file. It returns the IDT.
func (p *partner) stoppedBy(hear func() error) peer.Unit {
	p.t.Helper()
	var r *peer.Refused
	if err := hear(); !errors.As(err, &r) || r.Type != peer.IDT {
		p.t.Fatalf("%v; an IDT is right", err)
	}
	p.ok(p.Say(peer.Make(peer.ACKIDT, p.Y, 0)))
	return r.Unit
}

func TestSIGTERMEndsIdleSessionsAtOnceAndTransfersAtTheirNextSyncPoint(t *testing.T) {
	r := random(t)
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2, max_entity: 1200"))
	in, out := content(r, points*stretch), content(r, points*stretch)
	s.offer("OUT", "report", out)
	idle, writer, reader, ending := s.call(hello(4, 2)), s.call(hello(4, 2)), s.call(hello(4, 2)), s.call(hello(4, 2))
	writer.writing(peer.File{Name: "IN", Number: 1, Label: tag(1), Format: 0x80, Length: 1000})
	writer.ok(writer.Send(in, cut, 0, 2))
	var got peer.Got
	number := reader.reading(peer.File{Name: "report"}, 0).Num(13)
	reader.ok(reader.Receive(&got, 1))
	small := []byte("a file without a sync point")
	ending.writing(peer.File{Name: "IN", Number: 2, Label: tag(2), Format: 0x80, Length: 1000})
	ending.ok(ending.Article(small))

	s.signal(syscall.SIGTERM)
	_, err := idle.Expect(peer.RELCONF)
	idle.refused(err, peer.ABORT, "3-312")
	if c, err := peer.Dial(s.address["p"], peer.Options{}); err == nil {
		if _, err := c.Connect(hello(0, 0)); err == nil {
			t.Error("a call was taken after SIGTERM")
		}
		c.Close()
	}
	u := writer.stoppedBy(func() error {
		if err := writer.Send(in, cut, 2, 0); err != nil {
			return err
		}
		return writer.Await(points)
	})
	if u.Diagnostic() != "2-216" && u.Diagnostic() != "3-312" || u.Num(19) != 4 {
		t.Errorf("the write is stopped by % X", u.Bytes)
	}
	writer.ok(writer.Leave())
	_, err = writer.Expect(peer.RELCONF)
	writer.refused(err, peer.ABORT, "3-312")
	u = reader.stoppedBy(func() error { return reader.Receive(&got, 0) })
	if u.Num(19) != 4 {
		t.Errorf("the read is stopped by % X", u.Bytes)
	}
	reader.ok(reader.Leave())
	ending.must(ending.Finish(len(small), 1)) // it ends in good order
	ending.ok(ending.Leave())
	_, err = ending.Expect(peer.RELCONF)
	ending.refused(err, peer.ABORT, "3-312")
	for _, p := range []*partner{idle, writer, reader, ending} {
		p.Close()
	}
	if status := s.exited(5 * time.Second); status != 0 {
		t.Errorf("exit status %d", status)
	}

	s.run()
	all := byTag(s.entries())
	s.arrived(all[tag(2)], small)
	e := all[tag(1)]
	if e.Status != "interrupted" || e.Point < max(3, writer.Acked()) || e.Point > 4 || e.Code != "server.stopping" {
		t.Errorf("entry %+v", e)
	}
	p := s.call(hello(4, 2))
	if point := p.writing(peer.File{Name: "IN", Number: 1, Label: tag(1), Restart: true, Format: 0x80, Length: 1000}); point != e.Point {
		t.Errorf("it goes on from point %d, %d is in the catalog", point, e.Point)
	}
	p.ok(p.Send(in, cut, e.Point, 0))
	p.must(p.Finish(len(in), cut.Records(len(in))))
	p.ok(p.Leave())
	s.arrived(byTag(s.entries())[tag(1)], in)
	last := len(got.Points)
	p.reading(peer.File{Name: "report", Number: number, Restart: true}, last)
	var rest peer.Got
	p.ok(p.Receive(&rest, 0))
	if whole := append(got.Data()[:got.Points[last-1]:got.Points[last-1]], rest.Data()...); digest(whole) != digest(out) {
		t.Errorf("the two parts of what was read differ from the file at %d", difference(whole, out))
	}
}

func TestTheTimeToStopInGoodOrderHasAnEnd(t *testing.T) {
	s := start(t, strings.Replace(usual("sync_interval: 4KiB, sync_window: 2"), "shutdown_grace: 10s", "shutdown_grace: 200ms", 1))
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000})
	s.signal(syscall.SIGTERM)
	u := p.stoppedBy(func() error { _, err := p.Expect(peer.ACKSYN); return err })
	if u.Num(19) != 4 {
		t.Errorf("stopped by % X", u.Bytes)
	}
	p.ok(p.Leave())
	p.Close()
	if status := s.exited(5 * time.Second); status != 0 {
		t.Errorf("exit status %d", status)
	}
	s.run()
	if e := s.entry(); e.Status != "interrupted" || e.Code != "server.stopping" {
		t.Errorf("entry %+v", e)
	}
}

func TestASecondSIGTERMStopsAtOnceAndLeavesTransfersRestartable(t *testing.T) {
	s := start(t, strings.Replace(usual("sync_interval: 4KiB, sync_window: 2"), "shutdown_grace: 10s", "shutdown_grace: 1h", 1))
	data := content(random(t), points*stretch)
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000})
	p.ok(p.Send(data, cut, 0, 2))
	s.signal(syscall.SIGTERM)
	s.eventually("the server stops listening", func() bool {
		c, err := peer.Dial(s.address["p"], peer.Options{})
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	began := time.Now()
	s.signal(syscall.SIGTERM)
	if status := s.exited(20 * time.Second); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("a second SIGTERM ends the server after %s, though its peer says nothing", d)
	}
	s.run()
	q := s.call(hello(4, 2))
	if point := q.writing(peer.File{Name: "IN", Number: 1, Restart: true, Format: 0x80, Length: 1000}); point != 2 {
		t.Errorf("it goes on from point %d", point)
	}
	q.ok(q.Send(data, cut, 2, 0))
	q.must(q.Finish(len(data), cut.Records(len(data))))
	s.arrived(s.entry(), data)
}

func TestAReloadChangesWhatNewSessionsSeeAndNothingOfTheOldOnes(t *testing.T) {
	s := start(t, usual(""))
	good, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	f := peer.File{Name: "NEW", Number: 1, Format: 0x80, Length: 100}
	old := s.call(hello(0, 0))
	old.refused(ending(old.Create(f)), peer.ACKCREATE, "2-226")

	s.configure(string(good) + "  NEW: {path: \"new/{{.ID}}\", speed: 3}\n")
	lines := strings.Count(string(good), "\n") + 1
	out, errs, status := s.try("reload")
	if want := filepath.Base(s.config) + ":" + strconv.Itoa(lines) + ":"; status != 1 && status != 2 || !strings.Contains(out+errs, want) || !strings.Contains(out+errs, "speed") {
		t.Errorf("reload of a bad file ends with status %d and says %q; %s is right", status, out+errs, want)
	}
	s.signal(syscall.SIGHUP)
	s.eventually("SIGHUP reports the fault", func() bool { return strings.Contains(s.said.String(), "reload failed") })
	old.refused(ending(old.Create(f)), peer.ACKCREATE, "2-226")
	q := s.call(hello(0, 0)) // the running configuration still serves
	q.put(peer.File{Name: "IN", Number: 2, Format: 0x80, Length: 100}, []byte("text"), peer.Plan{Article: 100})

	s.configure(string(good) + "  NEW: {path: \"new/{{.ID}}\"}\n")
	if out := s.verb("reload"); !strings.Contains(out, "flows.NEW") && !strings.Contains(s.said.String(), "flows.NEW") { // perhaps the file was watched
		t.Errorf("reload prints %q", out)
	}
	old.refused(ending(old.Create(f)), peer.ACKCREATE, "2-226")
	old.put(peer.File{Name: "IN", Number: 3, Format: 0x80, Length: 100}, []byte("text"), peer.Plan{Article: 100})
	p := s.call(hello(0, 0))
	p.put(f, []byte("of a new flow"), peer.Plan{Article: 100})
	all := s.entries()
	s.arrived(all[len(all)-1], []byte("of a new flow"))

	s.write("paris.pw", "other")
	s.signal(syscall.SIGHUP)
	s.eventually("the new password counts", func() bool {
		c, err := peer.Dial(s.address["p"], peer.Options{})
		if err != nil {
			return false
		}
		defer c.Close()
		h := hello(0, 0)
		h.Password = "other"
		_, err = c.Connect(h)
		return err == nil
	})
}
