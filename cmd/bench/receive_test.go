package bench

import (
	"path/filepath"
	"testing"

	"github.com/postern/postern/cmd/bench/load"
)

// flows are those that files are received with.
const flows = `flows:
  NONE: {path: "NONE/{{.ID}}", durability: none, digest: false}
  DIGEST: {path: "DIGEST/{{.ID}}", durability: none, digest: true}
  CLOSE: {path: "CLOSE/{{.ID}}", durability: close, digest: false}
  SYNC: {path: "SYNC/{{.ID}}", durability: sync, digest: false}
  STATEMENT: {path: "out/statement", publish: true, digest: false}
`

// TestClient tells how fast the client is by itself: the server must not wait for it.
func TestClient(t *testing.T) {
	dir := tmpfs(t)
	p := twin(t, dir, "sink")
	raw(t, p, "", false, gibibyte/4)
	var v []float64
	for range *rounds {
		v = append(v, raw(t, p, "", false, gibibyte).rate)
	}
	report.add(t, "the client alone, plain, to a sink", "MB/s", v, nil, goal{least: 1500}, "512 KiB in a write")
}

// TestReceive sends files of 1 GiB to the server, and to a baseline that writes what comes to a file, 256 KiB at a time.
func TestReceive(t *testing.T) {
	for _, v := range []struct {
		name, flow string
		secured    bool
		rate, cpu  goal
		change     []func(*load.Caller)
	}{
		{name: "plain", flow: "NONE", rate: ratioAtLeast(0.95), cpu: ratioAtMost(1.15)},
		{name: "plain, with digest", flow: "DIGEST"},
		{name: "TLS 1.3", flow: "NONE", secured: true, rate: ratioAtLeast(0.85), change: []func(*load.Caller){secure}},
	} {
		t.Run(v.name, func(t *testing.T) {
			s := start(t, tmpfs(t), flows, nil)
			dir := tmpfs(t)
			args := []string{dir}
			if v.secured {
				args = []string{"-tls", filepath.Join(s.dir, "server.pem"), filepath.Join(s.dir, "server.key"), dir}
			}
			b, c := twin(t, dir, "receive", args...), caller(v.change...)
			tried(t, s, c, v.flow, gibibyte)
			raw(t, b, dir, v.secured, gibibyte)
			ours, theirs := pairs(t, func() sample { return received(t, s, c, v.flow, gibibyte) }, func() sample { return raw(t, b, dir, v.secured, gibibyte) })
			report.add(t, "PeSIT receive of 1 GiB, "+v.name, "MB/s", rates(ours), rates(theirs), v.rate, "tmpfs, entities of 32 KiB, durability none")
			report.add(t, "PeSIT receive of 1 GiB, "+v.name+", CPU", "s/GiB", cpus(ours), cpus(theirs), v.cpu, "")
		})
	}
}

// TestReceiveSmallEntities compares entities of 4 KiB with those of 32 KiB.
func TestReceiveSmallEntities(t *testing.T) {
	s := start(t, tmpfs(t), flows, nil)
	little, large := caller(entities(4<<10)), caller()
	tried(t, s, little, "NONE", gibibyte)
	ours, theirs := pairs(t, func() sample { return received(t, s, little, "NONE", gibibyte) }, func() sample { return received(t, s, large, "NONE", gibibyte) })
	report.add(t, "PeSIT receive of 1 GiB, entities of 4 KiB", "MB/s", rates(ours), rates(theirs), goal{}, "the baseline is entities of 32 KiB")
	report.add(t, "PeSIT receive of 1 GiB, entities of 4 KiB, CPU", "s/GiB", cpus(ours), cpus(theirs), ratioAtMost(1.2), "the baseline is entities of 32 KiB")
}
