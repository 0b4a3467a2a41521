package rust_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// build makes a folder and gives one of its modules.
func build(t testing.TB, dir, module string, args ...string) []byte {
	t.Helper()
	toolchain.Need(t, "rust")
	b, err := os.ReadFile(filepath.Join(toolchain.Make(t, dir, args...), module))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// load makes an exit of a module, with all that the suite needs.
func load(t testing.TB, s wasm.Settings) *wasm.Exit {
	t.Helper()
	s.Name, s.Grants = "exit", wasm.Grants{Password: true, Stored: true, File: true}
	s.Limits.Instances, s.Limits.Wait = 4, time.Minute
	exit, err := wasm.Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exit.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return exit
}

// A module rejects data with a refusal of the server's own: there is no room for another one.
const otherwise = exittest.DoReject

func TestAnExitInRustBehavesAsEveryOther(t *testing.T) {
	for _, module := range []string{"reference.wasm"} {
		t.Run(module, func(t *testing.T) {
			exit := load(t, wasm.Settings{Module: build(t, "testdata/reference", module)})
			t.Run("decisions", func(t *testing.T) { exittest.Run(t, exit) })
			t.Run("filter", func(t *testing.T) { exittest.RunFilter(t, exit, otherwise) })
		})
	}
}
