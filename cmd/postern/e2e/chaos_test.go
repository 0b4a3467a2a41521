package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// traveller is a transfer that goes on, session after session, until it has arrived.
type traveller struct {
	number  int
	data    []byte
	out     bool // we fetch it
	begun   bool // the server may know it
	acked   int  // the last point that was acknowledged to us, or by us
	have    []byte
	at      []int // bytes before each point that we acknowledged
	records []int // and articles
	given   int   // PI 13 that the server gave it
	begins  *atomic.Int64
	unknown int // points that we acknowledged and a killed server did not know any more
	arrived bool
}

var long = peer.Plan{Article: 700, Every: 2048}

// step goes on with the transfer as far as the server lives. An error is a breach of a promise; a server that is gone is none.
func (v *traveller) step(address string) error {
	c, err := peer.Dial(address, peer.Options{Patience: 20 * time.Second})
	if err != nil {
		return nil
	}
	defer c.Close()
	if _, err := c.Connect(hello(2, 2)); err != nil {
		return gone(err)
	}
	if v.out {
		return v.fetch(c)
	}
	return v.give(c)
}

// gone lets pass that the server was killed.
func gone(err error) error {
	var said *peer.Refused
	if errors.As(err, &said) {
		return err
	}
	return nil
}

func (v *traveller) give(c *peer.Conn) error {
	f := peer.File{Name: "IN", Number: v.number, Label: tag(v.number), Restart: v.begun, Format: 0x80, Length: 700}
	u, err := c.Create(f)
	switch d := u.Diagnostic(); {
	case v.begun && d == "2-250":
		v.arrived = true
		return nil
	case v.begun && d == "2-214" && v.acked == 0: // it died before the entry was written
		v.begun = false
		return nil
	case err != nil:
		return gone(err)
	}
	if _, err := c.Open(0); err != nil {
		return gone(err)
	}
	point, err := c.Begin()
	if err != nil {
		return gone(err)
	}
	v.begun = true
	v.begins.Add(1)
	if point < v.acked {
		return fmt.Errorf("file %d: point %d was acknowledged, ACK(WRITE) names %d", v.number, v.acked, point)
	}
	err = c.Send(v.data, long, point, 0)
	v.acked = max(v.acked, c.Acked())
	if err != nil {
		return gone(err)
	}
	_, err = c.Finish(len(v.data), long.Records(len(v.data)))
	v.acked = max(v.acked, c.Acked())
	if err != nil {
		return gone(err)
	}
	v.arrived = true
	return gone(c.Leave())
}

func (v *traveller) fetch(c *peer.Conn) error {
	u, err := c.Select(peer.File{Name: tag(v.number), Restart: v.begun, Number: v.given})
	switch d := u.Diagnostic(); {
	case v.begun && d == "2-250" && len(v.have) == len(v.data):
		v.arrived = true
		return nil
	case v.begun && d == "2-214" && len(v.at) == 0: // it died before the data was begun: the file is held again
		v.begun, v.given = false, 0
		return nil
	case err != nil:
		return gone(err)
	}
	v.begun, v.given = true, u.Num(13)
	if _, err := c.Open(0); err != nil {
		return gone(err)
	}
	// A requester whose point is unknown asks for an earlier one.
	for point := len(v.at); ; point-- {
		err := c.BeginAt(point)
		var said *peer.Refused
		if point > 0 && errors.As(err, &said) && said.Diagnostic() == "2-214" {
			v.at, v.records = v.at[:point-1], v.records[:point-1]
			v.unknown++
			continue
		}
		if err != nil {
			return gone(err)
		}
		v.begins.Add(1)
		return v.receive(c, point)
	}
}

func (v *traveller) receive(c *peer.Conn, point int) error {
	before, records := 0, 0
	if point > 0 {
		before, records = v.at[point-1], v.records[point-1]
	}
	var got peer.Got
	err := c.Receive(&got, 0)
	v.have = append(v.have[:before:before], got.Data()...)
	for _, p := range got.Points {
		v.at = append(v.at, before+p)
		n := records
		for size := 0; size < p; n++ {
			size += len(got.Articles[n-records])
		}
		v.records = append(v.records, n)
	}
	if err != nil {
		return gone(err)
	}
	if digest(v.have) != digest(v.data) {
		return fmt.Errorf("file %d came with %d bytes after a restart at %d of %d, other ones from %d on", v.number, len(v.have), before, len(v.data), difference(v.have, v.data))
	}
	if _, err := c.End(len(v.have), records+len(got.Articles)); err != nil {
		return gone(err)
	}
	v.arrived = true
	return gone(c.Leave())
}

func TestEveryTransferArrivesIdenticallyHoweverOftenTheServerIsKilled(t *testing.T) {
	r := random(t)
	s := start(t, usual("sync_interval: 2KiB, sync_window: 2, max_entity: 900"))
	var all []*traveller
	var begins atomic.Int64
	for n := range 12 {
		v := &traveller{number: n + 1, data: content(r, 100_000+r.IntN(200_000)), out: n%3 == 0, begins: &begins}
		if v.out {
			s.offer("OUT", tag(v.number), v.data)
		}
		all = append(all, v)
	}
	kills := 8
	if testing.Short() {
		kills = 3
	}
	for range kills {
		s.killDuring(r, all)
		s.run()
	}
	for range 4 {
		s.travel(all, func() bool { return false })
	}
	for _, v := range all {
		if !v.arrived {
			t.Errorf("file %d has not arrived: %+v", v.number, byTag(s.entries())[tag(v.number)])
		}
	}
	attempts := 0
	for _, e := range s.entries() {
		attempts += e.Attempts
		if e.Successor != "" { // its requester never heard that it was taken, and began anew
			continue
		}
		for _, v := range all {
			if e.Label != tag(v.number) && e.File != tag(v.number) {
				continue
			}
			if err := s.whole(e, v.data); err != nil {
				t.Error(err)
			}
		}
	}
	unknown := 0
	for _, v := range all {
		unknown += v.unknown
	}
	t.Logf("%d files, %d kills, %d attempts, %d acknowledged points of reads unknown afterwards", len(all), kills, attempts, unknown)
	if unknown > 0 {
		t.Errorf("%d points that requesters had acknowledged were unknown to the server after a kill", unknown)
	}
	if attempts < 2*len(all) {
		t.Errorf("the kills hit nothing: %d attempts for %d files", attempts, len(all))
	}
	s.sound()
}

// travel lets every transfer that has not arrived go on once.
func (s *server) travel(all []*traveller, stop func() bool) {
	s.Helper()
	var runs together
	for _, v := range all {
		if v.arrived {
			continue
		}
		runs.do(func() error {
			if stop() {
				return nil
			}
			return v.step(s.address["p"])
		})
	}
	runs.wait(s.T)
}

// killDuring kills the server at some moment while the transfers go on.
func (s *server) killDuring(r *rand.Rand, all []*traveller) {
	s.Helper()
	var dead atomic.Bool
	killed := make(chan struct{})
	after := time.Duration(r.IntN(60)) * time.Millisecond
	all[0].begins.Store(0)
	go func() {
		defer close(killed)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.Now().Add(5 * time.Second); all[0].begins.Load() < 6 && time.Now().Before(deadline); {
			<-tick.C // data flows in some of them
		}
		<-time.After(after)
		dead.Store(true)
		_ = s.cmd.Process.Signal(syscall.SIGKILL)
	}()
	s.travel(all, dead.Load)
	<-killed
	<-s.done
	s.cmd = nil
}

// sound stops the server and compares its catalog with its files.
func (s *server) sound() {
	s.Helper()
	s.signal(syscall.SIGTERM)
	if status := s.exited(20 * time.Second); status != 0 {
		s.Fatalf("SIGTERM ends the server with status %d", status)
	}
	out, errs, _ := s.try("catalog", "check", "--digest", "-o", "json")
	var found struct {
		Findings []struct{ Kind, Path, What string }
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		s.Fatalf("catalog check prints no JSON: %v\n%s%s", err, out, errs)
	}
	for _, f := range found.Findings {
		if f.Kind != "part.orphan" { // made right before a kill, for an entry that was not written any more
			s.Errorf("catalog check finds %s %s: %s", f.Kind, f.Path, f.What)
		}
	}
}
