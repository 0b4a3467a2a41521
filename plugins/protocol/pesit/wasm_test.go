package pesit_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func TestTheTranscriptsPlayInAWebAssemblySandbox(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles a WebAssembly module")
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	status, out := runPlayer(t, "testdata", files...)
	if status != 0 {
		t.Fatalf("exit status %d:\n%s", status, out)
	}
	for _, f := range files {
		if !bytes.Contains(out, []byte("played "+filepath.Base(f)+"\n")) {
			t.Errorf("%s was not played:\n%s", f, out)
		}
	}
}

func TestTheSandboxReportsATranscriptThatFails(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles a WebAssembly module")
	}
	dir := t.TempDir()
	wrong := "-- a hello is answered with a bye --\n> 00 18 D7C5E2C9E3404040 D7C1D9E3F1404040 A285839985A34040\n! Bye\n"
	if err := os.WriteFile(filepath.Join(dir, "wrong.txt"), []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := runPlayer(t, dir, "wrong.txt"); status != 1 || !bytes.Contains(out, []byte("no event, want Bye")) {
		t.Fatalf("exit status %d, want 1:\n%s", status, out)
	}
}

// buildPlayer builds the player for a sandbox, once for all tests.
var buildPlayer = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "postern-player-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "player.wasm")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, "./testdata/player")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the player: %w\n%s", err, out)
	}
	return os.ReadFile(file)
})

// sandbox is a runtime with the player compiled in it, by far the dearest part: once for all tests, until the process ends.
var sandbox = sync.OnceValues(func() (*compiled, error) {
	module, err := buildPlayer()
	if err != nil {
		return nil, err
	}
	c := &compiled{runtime: wazero.NewRuntime(context.Background())}
	wasi_snapshot_preview1.MustInstantiate(context.Background(), c.runtime)
	c.player, err = c.runtime.CompileModule(context.Background(), module)
	return c, err
})

type compiled struct {
	runtime wazero.Runtime
	player  wazero.CompiledModule
}

// runPlayer runs the module with nothing but the transcripts of a folder, read-only.
func runPlayer(t *testing.T, dir string, files ...string) (status uint32, out []byte) {
	t.Helper()
	c, err := sandbox()
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	args := []string{"player"}
	for _, f := range files {
		args = append(args, "/"+filepath.Base(f))
	}
	config := wazero.NewModuleConfig().WithName("").WithStdout(&printed).WithStderr(&printed).
		WithArgs(args...).WithFSConfig(wazero.NewFSConfig().WithReadOnlyDirMount(dir, "/"))
	_, err = c.runtime.InstantiateModule(t.Context(), c.player, config)
	if exit, ok := err.(*sys.ExitError); ok {
		return exit.ExitCode(), printed.Bytes()
	}
	if err != nil {
		t.Fatalf("run the player: %v\n%s", err, printed.Bytes())
	}
	return 0, printed.Bytes()
}
