package e2e

import (
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("a file of 1 GiB")
	}
	s := start(t, basics+quick+paris+`listeners: {p: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 1MiB, sync_window: 8}}}
flows: {IN: {path: "in/{{.ID}}", durability: none}}
`)
	const size, every = 1 << 30, 1 << 20
	block := content(random(t), every)
	p := s.call(hello(1024, 8))
	p.writing(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 32768})
	most, stop, watch := 0, make(chan struct{}), sync.WaitGroup{}
	watch.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				most = max(most, s.proc("RssAnon"))
			case <-stop:
				return
			}
		}
	})
	began := time.Now()
	for range size / every {
		for at := 0; at < every; at += 32768 {
			p.ok(p.Article(block[at : at+32768]))
		}
		p.ok(p.Point())
	}
	_, err := p.Finish(size, size/32768)
	took := time.Since(began)
	close(stop)
	watch.Wait()
	p.ok(err)
	t.Logf("1 GiB in %s, %d MiB/s; at most %d MiB of anonymous memory", took.Round(time.Millisecond), int(1024/took.Seconds()), most>>10)
	if most > 100<<10 {
		t.Errorf("%d KiB of anonymous memory", most)
	}
	if e := s.entry(); e.Status != "done" || e.Bytes != size || len(e.SHA256) != 64 {
		t.Errorf("entry %+v", e)
	}
}
