package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// moment is where a transfer stands when the server dies.
type moment struct {
	point int  // the last sync point that was acknowledged
	more  int  // bytes behind it that were sent
	end   bool // DTF.END was said
	asked bool // TRANS.END was said
	told  bool // and its acknowledgement heard
}

const (
	stretch = 4096 // bytes between two sync points
	points  = 6
)

var cut = peer.Plan{Article: 1000, Every: stretch}

func moments() []moment {
	return []moment{{}, {more: 900}, {point: 1}, {point: 1, more: 3000}, {point: 3}, {point: 4, more: 1000}, {point: points},
		{point: points, more: 500}, {point: points, more: 500, end: true}, {point: points, more: 500, end: true, asked: true},
		{point: points, more: 500, end: true, asked: true, told: true}}
}

// writeUntil brings a write to its moment.
func writeUntil(c *peer.Conn, f peer.File, data []byte, m moment) error {
	if _, err := c.Create(f); err != nil {
		return err
	}
	if _, err := c.Open(0); err != nil {
		return err
	}
	if _, err := c.Begin(); err != nil {
		return err
	}
	if m.point > 0 {
		if err := c.Send(data, cut, 0, m.point); err != nil {
			return err
		}
	}
	if at := m.point * stretch; m.more > 0 {
		for rest := data[at : at+m.more]; len(rest) > 0; rest = rest[min(cut.Article, len(rest)):] {
			if err := c.Article(rest[:min(cut.Article, len(rest))]); err != nil {
				return err
			}
		}
	}
	if m.end {
		if err := c.DataEnd(); err != nil {
			return err
		}
	}
	if m.asked {
		if err := c.Say(c.TransEnd(len(data), cut.Records(len(data)))); err != nil {
			return err
		}
	}
	if m.told {
		_, err := c.Finished()
		return err
	}
	return nil
}

func TestAWriteGoesOnAfterAKillFromTheLastAcknowledgedPointAndIsIdentical(t *testing.T) {
	r := random(t)
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	all := moments()
	data := make([][]byte, len(all))
	var runs together
	for i, m := range all {
		data[i] = content(r, points*stretch+500)
		p := s.call(hello(4, 2))
		runs.do(func() error {
			if err := writeUntil(p.Conn, peer.File{Name: "IN", Number: i + 1, Label: tag(i + 1), Format: 0x80, Length: 1000}, data[i], m); err != nil {
				return fmt.Errorf("%+v: %w", m, err)
			}
			return nil
		})
	}
	runs.wait(t)
	s.kill()
	s.run()
	before := byTag(s.entries())
	for i, m := range all {
		e := before[tag(i+1)]
		switch {
		case m.told:
			s.arrived(e, data[i])
		case e.Status == "interrupted":
			if e.Point < m.point || e.Offset < int64(m.point*stretch) {
				t.Errorf("%+v: the catalog knows point %d at %d", m, e.Point, e.Offset)
			}
		case !m.asked || e.Status != "done":
			t.Errorf("%+v: the entry is %q", m, e.Status)
		}
		runs.do(func() error {
			if err := goOn(s.address["p"], i+1, m, e, data[i]); err != nil {
				return fmt.Errorf("%+v: %w", m, err)
			}
			return nil
		})
	}
	runs.wait(t)
	after := byTag(s.entries())
	for i := range all {
		s.arrived(after[tag(i+1)], data[i])
	}
	if len(after) != len(all) {
		t.Errorf("%d entries of %d files", len(after), len(all))
	}
	s.noStrangers()
}

// goOn restarts a write and finishes it. One that had ended is refused as a duplicate.
func goOn(address string, number int, m moment, e entry, data []byte) error {
	c, err := peer.Dial(address, peer.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Connect(hello(4, 2)); err != nil {
		return err
	}
	_, err = c.Create(peer.File{Name: "IN", Number: number, Label: tag(number), Restart: true, Format: 0x80, Length: 1000})
	if e.Status == "done" {
		var r *peer.Refused
		if !errors.As(err, &r) || r.Diagnostic() != "2-250" {
			return fmt.Errorf("a restart of what had ended: %w; 2-250 is right", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := c.Open(0); err != nil {
		return err
	}
	point, err := c.Begin()
	if err != nil {
		return err
	}
	if point < m.point || point != e.Point {
		return fmt.Errorf("ACK(WRITE) names point %d; %d was acknowledged and %d is in the catalog", point, m.point, e.Point)
	}
	if err := c.Send(data, cut, point, 0); err != nil {
		return err
	}
	if _, err := c.Finish(len(data), cut.Records(len(data))); err != nil {
		return err
	}
	return c.Leave()
}

func byTag(all []entry) map[string]entry {
	out := map[string]entry{}
	for _, e := range all {
		out[e.Label] = e
	}
	return out
}

func byName(all []entry) map[string]entry {
	out := map[string]entry{}
	for _, e := range all {
		out[e.File] = e
	}
	return out
}

// noStrangers checks that every file with a final name belongs to an entry that is done.
func (s *server) noStrangers() {
	s.Helper()
	done := map[string]string{}
	for _, e := range s.entries() {
		done[e.Path] = e.Status
	}
	for _, f := range s.files() {
		if !isPart(f) && done[f] != "done" {
			s.Errorf("file %s has its final name, its entry is %q", f, done[f])
		}
	}
}

func TestAReadGoesOnAfterAKillFromThePointThatTheRequesterChooses(t *testing.T) {
	r := random(t)
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2, max_entity: 1200"))
	cuts := []struct {
		until  int // the last sync point the requester acknowledged; -1: everything, without TRANS.END
		chosen int
	}{{0, 0}, {1, 1}, {3, 3}, {5, 0}, {6, 6}, {-1, 6}}
	data := make([][]byte, len(cuts))
	got := make([]peer.Got, len(cuts))
	numbers := make([]int, len(cuts))
	for i := range cuts {
		data[i] = content(r, points*stretch+700)
		s.offer("OUT", tag(i), data[i])
	}
	for i, c := range cuts {
		p := s.call(hello(4, 2))
		numbers[i] = p.reading(peer.File{Name: tag(i)}, 0).Num(13)
		if c.until != 0 {
			p.ok(p.Receive(&got[i], max(c.until, 0)))
		}
	}
	for i, c := range cuts { // a point counts when the server has it, which it does not say
		if c.until > 0 {
			s.eventually("the acknowledged points are in the catalog", func() bool { return byName(s.entries())[tag(i)].Point >= c.until })
		}
	}
	s.kill()
	s.run()
	for i, c := range cuts {
		if e := byName(s.entries())[tag(i)]; e.Status != "interrupted" || c.until > 0 && e.Point != c.until {
			t.Errorf("%+v: entry %+v", c, e)
		}
		p := s.call(hello(4, 2))
		p.must(p.Select(peer.File{Name: tag(i), Number: numbers[i], Restart: true}))
		p.opened()
		p.ok(p.BeginAt(c.chosen))
		var rest peer.Got
		p.ok(p.Receive(&rest, 0))
		kept, records := 0, 0
		for c.chosen > 0 && kept < got[i].Points[c.chosen-1] {
			kept += len(got[i].Articles[records])
			records++
		}
		whole := append(got[i].Data()[:kept:kept], rest.Data()...)
		if digest(whole) != digest(data[i]) {
			t.Errorf("%+v: %d bytes kept and %d fetched differ from the file at %d", c, kept, rest.Bytes, difference(whole, data[i]))
		}
		p.must(p.End(len(whole), records+len(rest.Articles)))
		p.ok(p.Leave())
	}
	for _, e := range s.entries() {
		if e.Status != "done" {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestAWriteWhoseDataWasLostBeginsAnew(t *testing.T) {
	r := random(t)
	s := start(t, usual("sync_interval: 4KiB, sync_window: 2"))
	data := content(r, points*stretch)
	p := s.call(hello(4, 2))
	p.ok(writeUntil(p.Conn, peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000}, data, moment{point: 3}))
	s.kill()
	for _, f := range s.files() {
		if err := os.Remove(filepath.Join(s.dir, "files", f)); err != nil {
			t.Fatal(err)
		}
	}
	s.run()
	q := s.call(hello(4, 2))
	if point := q.writing(peer.File{Name: "IN", Number: 1, Restart: true, Format: 0x80, Length: 1000}); point != 0 {
		t.Fatalf("the server goes on from point %d of a file that is gone", point)
	}
	q.ok(q.Send(data, cut, 0, 2))
	s.kill()
	s.run()
	q = s.call(hello(4, 2))
	if point := q.writing(peer.File{Name: "IN", Number: 1, Restart: true, Format: 0x80, Length: 1000}); point != 2 {
		t.Fatalf("the server goes on from point %d, 2 is the last one of the second attempt", point)
	}
	q.ok(q.Send(data, cut, 2, 0))
	q.must(q.Finish(len(data), cut.Records(len(data))))
	s.arrived(s.entry(), data)
}
