package pesit_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func TestTheTranscriptsPlayInAWebAssemblySandbox(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles a WebAssembly module")
	}
	module := buildPlayer(t)
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	status, out := runPlayer(t, module, "testdata", files...)
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
	module := buildPlayer(t)
	dir := t.TempDir()
	wrong := "-- a hello is answered with a bye --\n> 00 18 D7C5E2C9E3404040 D7C1D9E3F1404040 A285839985A34040\n! Bye\n"
	if err := os.WriteFile(filepath.Join(dir, "wrong.txt"), []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := runPlayer(t, module, dir, "wrong.txt"); status != 1 || !bytes.Contains(out, []byte("no event, want Bye")) {
		t.Fatalf("exit status %d, want 1:\n%s", status, out)
	}
}

// buildPlayer compiles the player for a sandbox.
func buildPlayer(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "player.wasm")
	build := exec.Command("go", "build", "-o", file, "./testdata/player")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the player: %v\n%s", err, out)
	}
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// runPlayer runs the module with nothing but the transcripts of a folder, read-only.
func runPlayer(t *testing.T, module []byte, dir string, files ...string) (status uint32, out []byte) {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntime(ctx)
	defer func() {
		if err := r.Close(ctx); err != nil {
			t.Errorf("close the sandbox: %v", err)
		}
	}()
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	var printed bytes.Buffer
	args := []string{"player"}
	for _, f := range files {
		args = append(args, "/"+filepath.Base(f))
	}
	config := wazero.NewModuleConfig().WithStdout(&printed).WithStderr(&printed).
		WithArgs(args...).WithFSConfig(wazero.NewFSConfig().WithReadOnlyDirMount(dir, "/"))
	_, err := r.InstantiateWithConfig(ctx, module, config)
	if exit, ok := err.(*sys.ExitError); ok {
		return exit.ExitCode(), printed.Bytes()
	}
	if err != nil {
		t.Fatalf("run the player: %v\n%s", err, printed.Bytes())
	}
	return 0, printed.Bytes()
}
