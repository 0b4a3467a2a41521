package bench

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// request is a question of 18 facts, which the reference exits of every language answer with a refusal of 5 fields.
func request() sdk.Question {
	return sdk.Question{Point: sdk.PointResolve, Facts: &sdk.Facts{Time: time.Unix(1_795_348_800, 0), Session: exittest.DoRefuse, Transfer: "t-0001",
		Call:  &sdk.CallFacts{Listener: "pesit", Protocol: "pesit", Peer: netip.MustParseAddrPort("192.0.2.1:40001"), Sessions: 12, Running: 3},
		Claim: &sdk.Claim{Name: "PARIS", CalledName: "POSTERN", Method: "password"},
		Request: &sdk.RequestFacts{Direction: sdk.Receive, Request: sdk.Request{Action: sdk.ActionCreate, Kind: "file", File: "INVOICES",
			Label: "invoices-2026-11-22.txt", Number: 4711, Priority: 1, Size: 1 << 20}}}}
}

// exit is a loaded reference exit.
type exit interface {
	sdk.Exit
	Close(context.Context) error
}

// languages are the reference exits with the most that a decision should take, in microseconds.
var languages = []struct {
	name, folder, need string
	most               float64
	load               func(t *testing.T, dir string) exit
}{
	{"C", "sdk/c/testdata/reference", "c", 3, module},
	{"Rust", "sdk/rust/testdata/reference", "rust", 4, module},
	{"AssemblyScript", "sdk/assemblyscript/testdata/reference", "assemblyscript", 6, module},
	{"Go guest", "sdk/guest/testdata/reference", "go", 25, module},
	{"process", "sdk/process/testdata/reference", "process", 250, program},
}

// folderOf is where what a folder builds lies. Go programs have no Makefile.
func folderOf(t *testing.T, language, folder string) string {
	t.Helper()
	switch language {
	case "go":
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "reference.wasm"), toolchain.GoModule(t, folder), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	case "process":
		dir := t.TempDir()
		build := exec.Command("go", "build", "-o", filepath.Join(dir, "reference"), ".")
		build.Dir = folder
		if b, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", folder, err, b)
		}
		return dir
	}
	toolchain.Need(t, language)
	return toolchain.Make(t, folder)
}

func module(t *testing.T, dir string) exit {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "reference.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := wasm.Load(t.Context(), wasm.Settings{Name: "reference", Module: b, CacheDir: t.TempDir(),
		Grants: wasm.Grants{Password: true, Stored: true, File: true}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func program(t *testing.T, dir string) exit {
	t.Helper()
	e, err := process.Load(t.Context(), process.Settings{Name: "reference", Command: []string{filepath.Join(dir, "reference")}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// each is how long one decision takes, in microseconds: the mean of a batch.
func each(t *testing.T, e sdk.Exit, n int) func() float64 {
	q := request()
	return func() float64 {
		t.Helper()
		began := time.Now()
		for range n {
			if v, err := e.Decide(t.Context(), q); err != nil || v.Kind != sdk.Deny {
				t.Fatalf("%v %v", v, err)
			}
		}
		return float64(time.Since(began).Nanoseconds()) / float64(n) / 1000
	}
}

func TestDecision(t *testing.T) {
	native := exittest.Reference()
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			e := l.load(t, folderOf(t, l.need, filepath.Join("../..", l.folder)))
			defer e.Close(context.Background())
			n := 20_000
			if l.most > 100 {
				n = 1_000
			}
			each(t, e, n)() // warm
			values, base := pairs(t, each(t, e, n), each(t, native, n))
			q := request()
			allocs := testing.AllocsPerRun(1000, func() { _, _ = e.Decide(context.Background(), q) })
			report.add(t, "decision, "+l.name, "µs", values, base, atMost(l.most), "the baseline is the same exit built in")
			if l.most < 100 {
				report.add(t, "decision, "+l.name+", allocations of the host", "", []float64{allocs}, nil, atMost(4), "")
			}
		})
	}
}
