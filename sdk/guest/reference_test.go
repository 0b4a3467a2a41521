package guest_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func load(t testing.TB, s wasm.Settings) *wasm.Exit {
	t.Helper()
	exit, err := wasm.Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := exit.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return exit
}

var everything = wasm.Grants{Password: true, Stored: true, File: true}

func reference(t testing.TB) *wasm.Exit {
	return load(t, wasm.Settings{Name: "reference", Module: toolchain.GoModule(t, "testdata/reference"), Grants: everything,
		Limits: wasm.Limits{Instances: 4, Wait: time.Minute}})
}

// TestAGoModuleIsAWayOfLoading runs the suites. The race detector sees nothing inside of a module and makes compiling one take
// minutes: where it is on, the same test runs once more without it.
func TestAGoModuleIsAWayOfLoading(t *testing.T) {
	if raced {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", "^"+t.Name()+"$", ".")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	exit := reference(t)
	t.Run("decisions", func(t *testing.T) { exittest.Run(t, exit) })
	t.Run("filters", func(t *testing.T) { exittest.RunFilter(t, exit, exittest.DoReject) })
	got := exit.Describe()
	if len(got.Points) != len(sdk.Points()) || got.Name != "reference" || !got.ChangesLength || !got.State {
		t.Errorf("it describes itself as %+v", got)
	}
}

// BenchmarkDecision asks with the facts of identify, which have 18 fields and more.
func BenchmarkDecision(b *testing.B) {
	exit := load(b, wasm.Settings{Name: "reference", Module: toolchain.GoModule(b, "testdata/reference"), Grants: everything})
	for _, p := range []sdk.Point{sdk.PointAccept, sdk.PointIdentify, sdk.PointAuthorize} {
		facts := exittest.Facts(p)
		facts.Session = exittest.DoRefuse
		q := sdk.Question{Point: p, Facts: facts}
		b.Run(string(p), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := exit.Decide(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkInstance(b *testing.B) {
	dir := b.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	module := toolchain.GoModule(b, "testdata/reference")
	b.ReportMetric(float64(len(module)), "bytes")
	for b.Loop() {
		exit, err := wasm.Load(b.Context(), wasm.Settings{Name: "reference", Module: module, Grants: everything, CacheDir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if err := exit.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
