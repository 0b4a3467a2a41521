package bench

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/postern/postern/core/catalog"
)

// commits is what the server's catalog has done since its start.
func (s *server) commits(t *testing.T) catalog.Stats {
	t.Helper()
	var status struct{ Catalog catalog.Stats }
	if err := json.Unmarshal([]byte(s.run(t, "-o", "json", "status")), &status); err != nil {
		t.Fatal("read the server's status:", err)
	}
	return status.Catalog
}

// TestDurabilityClose receives files that are durable at their end, on disk, and so does its baseline.
func TestDurabilityClose(t *testing.T) {
	s, dir := start(t, disk(t), flows, nil), disk(t)
	b, c := twin(t, dir, "receive", "-end", dir), caller()
	tried(t, s, c, "CLOSE", gibibyte)
	raw(t, b, dir, false, gibibyte)
	ours, theirs := pairs(t, func() sample { return received(t, s, c, "CLOSE", gibibyte) }, func() sample { return raw(t, b, dir, false, gibibyte) })
	report.add(t, "PeSIT receive of 1 GiB, durability close", "MB/s", rates(ours), rates(theirs), ratioAtLeast(0.9), "on disk; the baseline syncs, renames and syncs the folder too")
}

// TestDurabilitySync receives files with a sync point each mebibyte, each durable before it is acknowledged, and with none.
func TestDurabilitySync(t *testing.T) {
	const size, each = gibibyte, 32 * (32<<10 - 6) // the data between two points: 32 entities
	const n = (size - 1) / each
	s := start(t, disk(t), flows, nil)
	with, without := caller(points), caller()
	tried(t, s, with, "SYNC", size)
	var flushes []float64
	ours, theirs := pairs(t, func() sample {
		before := s.commits(t).Commits
		r := received(t, s, with, "SYNC", size)
		// beside those of points: one of how it ends, and one of its end
		flushes = append(flushes, n/float64(s.commits(t).Commits-before-2))
		return r
	}, func() sample { return received(t, s, without, "CLOSE", size) })
	report.add(t, "PeSIT receive of 1 GiB, durability sync", "MB/s", rates(ours), rates(theirs), ratioAtLeast(0.65), "on disk, a point each MiB, window 8; the baseline is durability close")
	report.add(t, "sync points that one flush covers", "", flushes, nil, goal{}, fmt.Sprintf("of %d points in 1 GiB, window 8", n))
}

// TestSmallFiles receives durable files of 4 KiB. The baseline takes the bare steps with as many workers.
func TestSmallFiles(t *testing.T) {
	s := start(t, disk(t), flows, nil)
	tried(t, s, caller(), "SYNC", 4<<10)
	for _, sessions := range []int{1, 8, 64} {
		t.Run(strconv.Itoa(sessions), func(t *testing.T) {
			each := max(20, 400/sessions)
			dir := disk(t)
			b := twin(t, dir, "small", strconv.Itoa(sessions), strconv.Itoa(each), dir)
			crowd(t, s, sessions, each, "SYNC", 4<<10)
			bare(t, b)
			var flushes []float64
			ours, theirs := pairs(t, func() float64 {
				before := s.commits(t).Commits
				r := crowd(t, s, sessions, each, "SYNC", 4<<10)
				flushes = append(flushes, float64(s.commits(t).Commits-before)/float64(sessions*each))
				return r
			}, func() float64 { return bare(t, b) })
			report.add(t, fmt.Sprintf("durable files of 4 KiB, %d sessions", sessions), "files/s", ours, theirs, ratioAtLeast(0.5), "on disk, durability sync; the baseline is write, fdatasync, rename, folder fsync and a group-committed record, as many workers")
			g := goal{}
			if sessions == 64 {
				g = atMost(0.2)
			}
			report.add(t, fmt.Sprintf("durable files of 4 KiB, %d sessions, catalog flushes a transfer", sessions), "", flushes, nil, g, "counted by the catalog")
		})
	}
}

// bare runs a round of the bare steps and gives files per second.
func bare(t *testing.T, b *child) float64 {
	t.Helper()
	if _, err := fmt.Fprintln(b.in); err != nil {
		t.Fatal(err)
	}
	line, err := b.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the bare steps: %v\n%s", err, b.said.String())
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
