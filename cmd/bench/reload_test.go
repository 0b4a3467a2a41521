package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// reloads is how many there are in all, over as many modules.
const (
	reloads = 10_000
	modules = 50
)

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
	var sent, failed atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	c := caller()
	for range 4 {
		load.Go(func() {
			for {
				x, err := c.Dial(s.address)
				for n := 0; n < 20 && err == nil; n++ {
					select {
					case <-stop:
						_ = x.Close()
						return
					default:
					}
					if err = x.Put("IN", 4096); err == nil {
						sent.Add(1)
					}
				}
				if err == nil {
					err = x.Close()
				}
				if err != nil {
					failed.Add(1)
					t.Errorf("a transfer was dropped: %v", err)
					return
				}
			}
		})
	}
	reload := func(n int) {
		i := rand.IntN(modules)
		replace(t, filepath.Join(dir, fmt.Sprintf("m%d.wasm", i)), version(one, byte(n%4)))
		s.run(t, "reload")
	}
	for n := range 200 { // each version of each module is compiled once
		reload(n)
	}
	before, threads := s.collected(t), s.status(t, "Threads")
	began := time.Now()
	for n := range reloads {
		reload(n)
	}
	took := time.Since(began)
	close(stop)
	load.Wait()
	after := s.collected(t)
	report.add(t, "memory after 10,000 reloads of 50 modules under load", "MiB", []float64{float64(after) / (1 << 20)}, []float64{float64(before) / (1 << 20)}, ratioAtMost(1.1),
		fmt.Sprintf("%d transfers meanwhile, %d dropped; %d threads before, %d after", sent.Load(), failed.Load(), threads, s.status(t, "Threads")))
	report.add(t, "one reload under load", "ms", []float64{float64(took.Milliseconds()) / reloads}, nil, goal{}, "the process of the verb included")
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
