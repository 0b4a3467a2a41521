package bench

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// spoken are the ways in which a server speaks PeSIT: by itself, by a module and by a process of the same source.
var spoken = strings.Replace(strings.Replace(basics, "partners:", `  w: {protocol: {wasm: pesit.wasm, name: pesit-wasm}, address: "127.0.0.1:0", terms: {sync_interval: 1MiB, sync_window: 8, max_entity: 32768}}
  x: {protocol: {process: [./pesit], name: pesit-process}, address: "127.0.0.1:0", terms: {sync_interval: 1MiB, sync_window: 8, max_entity: 32768}}
partners:`, 1), "protocols: [pesit]", "protocols: [pesit, pesit-wasm, pesit-process]", 1)

// speaker builds PeSIT as a process.
func speaker(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", path, "./plugins/protocol/pesit/testdata/process")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the process: %v\n%s", err, out)
	}
}

// TestProtocolPlugins moves a file through PeSIT as a module and as a process, and through the one that ships with the server.
func TestProtocolPlugins(t *testing.T) {
	dir := tmpfs(t)
	path := statement(t, dir)
	speaker(t, filepath.Join(dir, "pesit"))
	s := startWith(t, dir, spoken+flows, map[string][]byte{"pesit.wasm": toolchain.GoModule(t, "../../plugins/protocol/pesit/testdata/module")})
	for _, v := range []struct {
		name, listener string
		goal           goal
	}{{"as a WASM module (Go)", "w", ratioAtLeast(0.25)}, {"as a process (Go)", "x", goal{}}} {
		t.Run(v.name, func(t *testing.T) {
			plugin, c := *s, caller()
			plugin.address = s.ready[v.listener]
			tried(t, &plugin, c, "NONE", gibibyte/4)
			ours, theirs := pairs(t, func() sample { return received(t, &plugin, c, "NONE", gibibyte) }, func() sample { return received(t, s, c, "NONE", gibibyte) })
			report.add(t, "PeSIT "+v.name+", receive of 1 GiB", "MB/s", rates(ours), rates(theirs), v.goal, "the baseline is PeSIT built in")
			report.add(t, "PeSIT "+v.name+", receive of 1 GiB, CPU", "s/GiB", cpus(ours), cpus(theirs), goal{}, "of the server alone")
			fetched(t, &plugin, c, "STATEMENT", path, gibibyte)
			ours, theirs = pairs(t, func() sample { return sent(t, &plugin, c, "STATEMENT", gibibyte) }, func() sample { return sent(t, s, c, "STATEMENT", gibibyte) })
			report.add(t, "PeSIT "+v.name+", send of 1 GiB", "MB/s", rates(ours), rates(theirs), v.goal, "the baseline is PeSIT built in")
			report.add(t, "PeSIT "+v.name+", send of 1 GiB, CPU", "s/GiB", cpus(ours), cpus(theirs), goal{}, "of the server alone")
		})
	}
}
