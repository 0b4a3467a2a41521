package bench

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestHistory sends small durable files to servers with no, many, and very many finished entries in their catalog.
func TestHistory(t *testing.T) {
	counts := []int{0, 100_000, 1_000_000}
	var runs []func() float64
	var servers []*server
	for _, n := range counts {
		s := filled(t, n)
		servers = append(servers, s)
		runs = append(runs, func() float64 {
			r := crowd(t, s, 8, 50, "SYNC", 4<<10)
			empty(t, filepath.Join(s.dir, "files", "SYNC"))
			return r
		})
		runs[len(runs)-1]() // warm
	}
	v := turns(t, runs...)
	for i, n := range counts {
		g := goal{}
		if n == 1_000_000 {
			g = ratioAtLeast(0.9)
		}
		report.add(t, fmt.Sprintf("durable files of 4 KiB, catalog of %d finished entries", n), "files/s", v[i], v[0], g, "8 sessions, on disk; the baseline is the empty catalog")
		report.add(t, fmt.Sprintf("memory with a catalog of %d finished entries", n), "MiB", []float64{mib(servers[i].status(t, "RssAnon"))}, nil, goal{}, "anonymous and resident, after those transfers")
	}
}

// mib is a size in MiB.
func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
