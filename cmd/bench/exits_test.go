package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/bench/load"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// built is the module that a folder builds.
func built(t *testing.T, language, dir, name string) []byte {
	t.Helper()
	toolchain.Need(t, language)
	b, err := os.ReadFile(filepath.Join(toolchain.Make(t, filepath.Join("../..", dir)), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTransferWithTenDecisions sends durable files of 4 KiB with ten decisions of modules on each, and with none.
func TestTransferWithTenDecisions(t *testing.T) {
	for _, l := range languages[:2] {
		t.Run(l.name, func(t *testing.T) {
			m := built(t, l.need, l.folder, "reference.wasm")
			dir := disk(t)
			var exits, names strings.Builder
			for i := range 5 {
				fmt.Fprintf(&exits, "  e%d: {wasm: m%d.wasm}\n", i, i)
				fmt.Fprintf(&names, "%s e%d", map[bool]string{true: "", false: ","}[i == 0], i)
			}
			files := map[string][]byte{}
			for i := range 5 {
				files[fmt.Sprintf("m%d.wasm", i)] = m
			}
			// open and verify, five exits each: ten decisions a transfer, on the flow WITH alone. Both flows have one folder: see disk.
			s := start(t, dir, "exits:\n"+exits.String()+"flows:\n  PLAIN: {path: \"SYNC/{{.ID}}\"}\n  WITH: {path: \"SYNC/{{.ID}}\", points: {open: ["+
				names.String()+"], verify: ["+names.String()+"]}}\n", files)
			crowd(t, s, 8, 50, "WITH", 4096)
			with, without := pairs(t, func() float64 { return crowd(t, s, 8, 300, "WITH", 4096) }, func() float64 { return crowd(t, s, 8, 300, "PLAIN", 4096) })
			report.add(t, "4 KiB files with ten decisions each, "+l.name, "files/s", with, without, ratioAtLeast(0.9), "8 sessions, durability sync, on disk")
		})
	}
}

// TestFilteredTransfer sends a gibibyte through a filter, and without one.
func TestFilteredTransfer(t *testing.T) {
	for _, f := range []struct {
		name, flow string
		text       []byte // what the file consists of; nil: random bytes
		goal       goal
	}{{"C with SIMD, XOR", "XOR", nil, ratioAtLeast(0.7)}, {"C, EBCDIC to ISO 8859-1", "TEXT", statements(), ratioAtLeast(0.7)},
		{"C, EBCDIC to ISO 8859-1, random bytes", "TEXT", nil, goal{}}, {"identity", "SAME", nil, ratioAtLeast(0.85)}} {
		t.Run(f.name, func(t *testing.T) {
			files := map[string][]byte{"filter.wasm": built(t, "c", "examples/filter-c", "filter-c.wasm"), "same.wasm": built(t, "c", "cmd/bench/testdata/identity", "identity.wasm")}
			s := start(t, tmpfs(t), `exits:
  xor: {wasm: filter.wasm, config: {transform: xor, key: "a key of some bytes"}}
  text: {wasm: filter.wasm, config: {transform: ebcdic}}
  same: {wasm: same.wasm}
flows:
  PLAIN: {path: "PLAIN/{{.ID}}", durability: none, digest: false}
  XOR: {path: "XOR/{{.ID}}", durability: none, digest: false, points: {filter: [xor]}}
  TEXT: {path: "TEXT/{{.ID}}", durability: none, digest: false, points: {filter: [text]}}
  SAME: {path: "SAME/{{.ID}}", durability: none, digest: false, points: {filter: [same]}}
`, files)
			c, content := caller(func(c *load.Caller) { c.Text = f.text }), "random bytes"
			if f.text != nil {
				content = "records of 120 bytes in EBCDIC, as banks send them"
			}
			received(t, s, c, f.flow, gibibyte/4)
			with, without := pairs(t, func() sample { return received(t, s, c, f.flow, gibibyte) }, func() sample { return received(t, s, c, "PLAIN", gibibyte) })
			report.add(t, "PeSIT receive of 1 GiB, filter "+f.name, "MB/s", rates(with), rates(without), f.goal, "tmpfs, durability none, no digest; "+content)
			report.add(t, "PeSIT receive of 1 GiB, filter "+f.name+", CPU", "s/GiB", cpus(with), cpus(without), goal{}, "")
		})
	}
}
