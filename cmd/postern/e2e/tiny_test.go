package e2e

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// small is one of the tiny files of TestNoTinyFileIsLostByAKillAtAnyMoment.
type small struct {
	number int
	data   []byte
	told   bool // the end was acknowledged
}

func TestNoTinyFileIsLostByAKillAtAnyMoment(t *testing.T) {
	r := random(t)
	s := start(t, usual("sync_interval: 4KiB, sync_window: 1"))
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	var files []*small
	for range rounds {
		files = append(files, s.shower(r, len(files))...)
		s.run()
		s.settled(files)
	}
	told := 0
	for _, f := range files {
		if f.told {
			told++
		}
	}
	t.Logf("%d files, %d ends acknowledged, %d kills", len(files), told, rounds)
	if told == 0 || told == len(files) {
		t.Errorf("the kills hit nothing: %d of %d ends were acknowledged", told, len(files))
	}
	s.sound()
}

// shower sends tiny files over several sessions until the server is killed in the middle.
func (s *server) shower(r *rand.Rand, first int) []*small {
	var (
		mu      sync.Mutex
		files   []*small
		killed  atomic.Bool
		senders sync.WaitGroup
	)
	next := func() *small {
		mu.Lock()
		defer mu.Unlock()
		f := &small{number: first + len(files) + 1, data: content(r, 1+r.IntN(600))}
		files = append(files, f)
		return f
	}
	enough := make(chan struct{}, 1)
	target := int64(5 + r.IntN(40))
	pause := time.Duration(r.IntN(4000)) * time.Microsecond // so that it may be any moment of a transfer
	var ended atomic.Int64
	for range 6 {
		senders.Go(func() {
			c, err := peer.Dial(s.address["p"], peer.Options{})
			if err != nil {
				return
			}
			defer c.Close()
			if _, err := c.Connect(hello(4, 1)); err != nil {
				return
			}
			for !killed.Load() {
				f := next()
				if !f.send(c) {
					return
				}
				if ended.Add(1) == target {
					enough <- struct{}{}
				}
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(20 * time.Second):
		s.Error("the files do not arrive")
	}
	<-time.After(pause)
	killed.Store(true)
	s.kill()
	senders.Wait()
	return files
}

// send sends the file; false when the server is gone.
func (f *small) send(c *peer.Conn) bool {
	if _, err := c.Create(peer.File{Name: "IN", Number: f.number, Label: tag(f.number), Format: 0x80, Length: 1000}); err != nil {
		return false
	}
	if _, err := c.Open(0); err != nil {
		return false
	}
	if _, err := c.Begin(); err != nil {
		return false
	}
	if err := c.Article(f.data); err != nil {
		return false
	}
	if _, err := c.Finish(len(f.data), 1); err != nil {
		return false
	}
	f.told = true
	return c.Leave() == nil
}

// settled checks every file after a restart of the server, and restarts those that wait for it.
func (s *server) settled(files []*small) {
	s.Helper()
	s.noStrangers()
	known := map[string][]entry{}
	for _, e := range s.entries() {
		known[e.Label] = append(known[e.Label], e)
	}
	var runs together
	for _, f := range files {
		all := known[tag(f.number)]
		switch {
		case len(all) > 1:
			s.Errorf("file %d has %d entries", f.number, len(all))
		case len(all) == 0 && f.told:
			s.Errorf("the end of file %d was acknowledged, and the catalog does not know it", f.number)
		case len(all) == 0:
		case all[0].Status == "done":
			if err := s.whole(all[0], f.data); err != nil {
				s.Error(err)
			}
		case f.told || all[0].Status != "interrupted":
			s.Errorf("file %d is %s, its end acknowledged: %v", f.number, all[0].Status, f.told)
		default:
			runs.do(func() error { return f.again(s.address["p"]) })
		}
	}
	runs.wait(s.T)
}

// again restarts a tiny file.
func (f *small) again(address string) error {
	c, err := peer.Dial(address, peer.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Connect(hello(4, 1)); err != nil {
		return err
	}
	if _, err := c.Create(peer.File{Name: "IN", Number: f.number, Label: tag(f.number), Restart: true, Format: 0x80, Length: 1000}); err != nil {
		return fmt.Errorf("restart of file %d: %w", f.number, err)
	}
	if _, err := c.Open(0); err != nil {
		return err
	}
	if _, err := c.Begin(); err != nil {
		return err
	}
	if err := c.Article(f.data); err != nil {
		return err
	}
	if _, err := c.Finish(len(f.data), 1); err != nil {
		return err
	}
	f.told = true
	return c.Leave()
}
