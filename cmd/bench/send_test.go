package bench

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/postern/postern/cmd/bench/load"
)

// statement makes the file that the flow STATEMENT sends, of 1 GiB.
func statement(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "files", "out", "statement")
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range gibibyte / len(mebibyte) {
		if _, err := f.Write(mebibyte); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestSend fetches a file of 1 GiB from the server, and from a baseline that sends it 256 KiB at a time.
func TestSend(t *testing.T) {
	for _, v := range []struct {
		name      string
		secured   bool
		rate, cpu goal
		change    []func(*load.Caller)
	}{
		{name: "plain", rate: ratioAtLeast(0.9), cpu: ratioAtMost(1.15)},
		{name: "TLS 1.3", secured: true, rate: ratioAtLeast(0.85), change: []func(*load.Caller){secure}},
	} {
		t.Run(v.name, func(t *testing.T) {
			dir := tmpfs(t)
			path := statement(t, dir)
			s := start(t, dir, flows, nil)
			args := []string{path}
			if v.secured {
				args = []string{"-tls", filepath.Join(s.dir, "server.pem"), filepath.Join(s.dir, "server.key"), path}
			}
			b, c := twin(t, dir, "send", args...), caller(v.change...)
			fetched(t, s, c, "STATEMENT", path, gibibyte)
			drained(t, b, v.secured, gibibyte)
			ours, theirs := pairs(t, func() sample { return sent(t, s, c, "STATEMENT", gibibyte) }, func() sample { return drained(t, b, v.secured, gibibyte) })
			report.add(t, "PeSIT send of 1 GiB, "+v.name, "MB/s", rates(ours), rates(theirs), v.rate, "tmpfs, entities of 32 KiB")
			report.add(t, "PeSIT send of 1 GiB, "+v.name+", CPU", "s/GiB", cpus(ours), cpus(theirs), v.cpu, "")
		})
	}
}

// TestSendSmallEntities compares entities of 4 KiB with those of 32 KiB.
func TestSendSmallEntities(t *testing.T) {
	dir := tmpfs(t)
	path := statement(t, dir)
	s := start(t, dir, flows, nil)
	little, large := caller(entities(4<<10)), caller()
	fetched(t, s, little, "STATEMENT", path, gibibyte)
	ours, theirs := pairs(t, func() sample { return sent(t, s, little, "STATEMENT", gibibyte) }, func() sample { return sent(t, s, large, "STATEMENT", gibibyte) })
	report.add(t, "PeSIT send of 1 GiB, entities of 4 KiB", "MB/s", rates(ours), rates(theirs), goal{}, "the baseline is entities of 32 KiB")
	report.add(t, "PeSIT send of 1 GiB, entities of 4 KiB, CPU", "s/GiB", cpus(ours), cpus(theirs), ratioAtMost(1.2), "the baseline is entities of 32 KiB")
}
