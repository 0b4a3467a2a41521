package bench

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/cmd/bench/load"
)

var reloads = flag.Int("reloads", 1_000, "reloads of TestReload")

// modules is how many exits there are.
const modules = 50

// TestReload changes modules of a server under load, one at a time, and reloads after each change.
func TestReload(t *testing.T) {
	one := built(t, "c", "sdk/c/testdata/reference", "reference.wasm")
	files, config, names := map[string][]byte{}, "exits:\n", []string{}
	for i := range modules {
		files[fmt.Sprintf("m%d.wasm", i)] = version(one, 0)
		config += fmt.Sprintf("  e%d: {wasm: m%d.wasm, reload: true}\n", i, i)
		names = append(names, fmt.Sprintf("e%d", i))
	}
	dir := tmpfs(t)
	s := start(t, dir, config+"flows:\n  IN: {path: \"in/{{.ID}}\", points: {open: ["+strings.Join(names, ", ")+"]}}\n", files)
	reload := func(n int) {
		i := rand.IntN(modules)
		replace(t, filepath.Join(dir, fmt.Sprintf("m%d.wasm", i)), version(one, byte(n%4)))
		if _, err := s.ask(filepath.Join(dir, "data", "admin.sock"), http.MethodPost, "/reload"); err != nil {
			t.Fatal(err)
		}
	}
	end := traffic(t, s)
	for n := range 4 * modules { // each version of each module is compiled once
		reload(n)
	}
	end()
	before, threads := s.collected(t), s.status(t, "Threads")
	end = traffic(t, s)
	began, cpu := time.Now(), s.cpu(t)
	for n := range *reloads {
		reload(n)
	}
	took := time.Since(began)
	cpu = s.cpu(t) - cpu
	sent, failed := end()
	after := s.collected(t)
	report.add(t, fmt.Sprintf("memory after %d reloads of 50 modules under load", *reloads), "MiB", []float64{mib(after)}, []float64{mib(before)}, ratioAtMost(1.1),
		fmt.Sprintf("%d transfers meanwhile, %d dropped; %d threads before, %d after; the baseline is the memory before, both after a collection", sent, failed, threads, s.status(t, "Threads")))
	report.add(t, "one reload under load, CPU", "ms", []float64{cpu * 1000 / float64(*reloads)}, nil, goal{}, "with the transfers meanwhile")
	report.add(t, "one reload under load", "ms", []float64{float64(took.Microseconds()) / 1000 / float64(*reloads)}, nil, goal{}, "over the admin API")
}

// traffic sends small files at four sessions, some hundred a second in all, until it is ended, and counts those that arrived and those that did not.
func traffic(t *testing.T, s *server) (end func() (sent, failed int64)) {
	var done, lost atomic.Int64
	stop := make(chan struct{})
	var wait sync.WaitGroup
	c := caller()
	for range 4 {
		wait.Go(func() {
			for {
				over, err := some(s, c, stop, &done)
				if err != nil {
					lost.Add(1)
					t.Errorf("a transfer was dropped: %v", err)
				}
				if over || err != nil {
					return
				}
			}
		})
	}
	return func() (int64, int64) {
		close(stop)
		wait.Wait()
		return done.Load(), lost.Load()
	}
}

// some sends 20 files at one session, or fewer when it is stopped.
func some(s *server, c *load.Caller, stop <-chan struct{}, done *atomic.Int64) (over bool, err error) {
	x, err := c.Dial(s.address)
	if err != nil {
		return false, err
	}
	for range 20 {
		select {
		case <-stop:
			return true, x.Close()
		case <-time.After(5 * time.Millisecond): // there is always a transfer, and room for the reloads
		}
		if err := x.Put("IN", 4096); err != nil {
			return false, err
		}
		done.Add(1)
	}
	return false, x.Close()
}

// version is the module with a custom section of one byte behind it: another file with the same code.
func version(module []byte, n byte) []byte {
	return append(append([]byte{}, module...), 0, 3, 1, 'v', n)
}

// replace puts a new file in the place of another in one step.
func replace(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}
