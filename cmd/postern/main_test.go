package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"postern": main})
}

// TestScripts runs what a user could type: one script for each thing that the verbs promise.
func TestScripts(t *testing.T) { runScripts(t, "script", "") }

// TestScriptsOfModules runs those that compile modules of Go, with a build of its own: the race detector does not look into
// modules, and makes compiling one take a minute.
func TestScriptsOfModules(t *testing.T) {
	bin := t.TempDir()
	if _, err := toolchain.Program(bin, "github.com/postern/postern/cmd/postern", false); err != nil {
		t.Fatal(err)
	}
	runScripts(t, "modules", bin)
}

// runScripts runs the scripts of a folder of testdata. bin goes before everything else on the path.
func runScripts(t *testing.T, folder, bin string) {
	cache := goCache(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", folder),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			// The socket's path has at most 100 bytes, and test folders are deep: the server goes to XDG_RUNTIME_DIR.
			run, err := os.MkdirTemp("", "pt")
			if err != nil {
				return err
			}
			e.Defer(func() { _ = os.RemoveAll(run) })
			e.Setenv("XDG_RUNTIME_DIR", run)
			e.Setenv("TZ", "UTC")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each call of a race build ends a second late
			if bin != "" {
				e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			}
			// Guests in Go are built with what the machine has compiled before; modules are compiled once a script.
			e.Setenv("GOCACHE", cache)
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exec-status": execStatus,
			"waitfor":     waitFor,
			"address":     address,
			"relay":       relay,
		},
	})
}

// goCache is where the go command keeps what it has compiled.
func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
