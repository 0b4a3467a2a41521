//go:build linux

package wiring

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/postern/postern/plugins/backend/local"
	programs "github.com/postern/postern/plugins/process"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// The test's own binary is a backend too, when its first argument says so.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "as-shelf" {
		process.ServeBackend(sdk.Storage{Name: "shelf", Version: "1", Abilities: sdk.Abilities(), Open: openShelf})
		return
	}
	os.Exit(m.Run())
}

func openShelf(settings json.RawMessage, _ sdk.Backend) (sdk.Backend, error) {
	var own struct{ Root string }
	if err := json.Unmarshal(settings, &own); err != nil {
		return nil, err
	}
	return local.New(local.Settings{Root: own.Root})
}

// half begins a file on a backend and writes its first half.
func half(t *testing.T, b sdk.Backend) (w sdk.Writer) {
	t.Helper()
	w, err := b.Create(sdk.Target{ID: "t1", Path: "in/a", Size: -1})
	if err == nil {
		err = w.WriteAt([][]byte{[]byte("one ")}, 0)
	}
	if err == nil {
		_, _, err = w.Sync()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// whole ends it.
func whole(t *testing.T, w sdk.Writer) {
	t.Helper()
	if err := w.WriteAt([][]byte{[]byte("file")}, 4); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(sdk.ExistsFail); err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatIsBeingWrittenKeepsItsProcessAndNewOnesGetTheNewOne(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	text := func(root string) string {
		return fmt.Sprintf("%s  shelf: {type: process, process: [%s, as-shelf], environment: {GORACE: atexit_sleep_ms=0}, config: {root: %s}}\n", settings, self, root)
	}
	p := beginWith(t, text(first), nil)
	user := p.s.current.Take()
	old := user.Backends["shelf"].(*programs.Backend)
	w := half(t, old)

	p.write(strings.Replace(text(first), "flows:", "  b: {protocol: pesit, address: \"127.0.0.1:0\"}\nflows:", 1))
	if _, err := p.s.Reload(t.Context()); err != nil || p.now().Backends["shelf"] != sdk.Backend(old) {
		t.Fatalf("a reload that changes something else: %v", err)
	}
	p.write(text("")) // local takes no such root
	if _, err := p.s.Reload(t.Context()); err == nil || p.now().Backends["shelf"] != sdk.Backend(old) {
		t.Fatalf("a reload to settings that the program does not take: %v", err)
	}
	p.write(text(second))
	if _, err := p.s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	anew := p.now().Backends["shelf"].(*programs.Backend)
	if anew == old || anew.Running() == old.Running() || old.Running() == 0 {
		t.Fatalf("the old process is %d, the new one %d", old.Running(), anew.Running())
	}
	pid := old.Running()
	whole(t, half(t, anew))
	whole(t, w)
	for _, root := range []string{first, second} {
		if got, err := os.ReadFile(filepath.Join(root, "in/a")); err != nil || string(got) != "one file" {
			t.Errorf("%s holds %q, %v", root, got, err)
		}
	}
	user.Release()
	p.s.closing.Wait()
	if _, err := old.Open("in/a"); sdk.CodeOf(err) != sdk.DataIO {
		t.Errorf("when nobody uses it any more, the old program still answers: %v", err)
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("its process is there still (%v)", err)
	}
	if r, err := anew.Open("in/a"); err != nil || r.Close() != nil {
		t.Errorf("the new program does not answer: %v", err)
	}
}

// TestAModuleOverAChangedBackendIsLoadedAnew takes its time to compile a module twice.
func TestAModuleOverAChangedBackendIsLoadedAnew(t *testing.T) {
	if os.Getenv("POSTERN_TEST_LONG") == "" {
		t.Skip("POSTERN_TEST_LONG=1 runs it")
	}
	module := string(toolchain.GoModule(t, "../../../examples/backend-encrypt"))
	key := strings.Repeat("A", 43) + "="
	text := settings + "  vault: {type: wasm, wasm: ./vault.wasm, grants: {backend: spare}, config: {key: " + key + "}}\n"
	p := beginWith(t, text, map[string]string{"vault.wasm": module})
	user := p.s.current.Take()
	old := user.Backends["vault"].(*wasm.Backend)
	w := half(t, old)
	p.write(strings.Replace(text, "./spare", "./other", 1))
	if _, err := p.s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	anew := p.now().Backends["vault"].(*wasm.Backend)
	if anew == old {
		t.Fatal("it is over the old backend still")
	}
	whole(t, half(t, anew))
	whole(t, w)
	for _, root := range []string{"spare", "other"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(p.path), root, "in/a")); err != nil {
			t.Error(err)
		}
	}
	user.Release()
	p.s.closing.Wait()
	if _, err := old.Open("in/a"); sdk.CodeOf(err) != sdk.DataIO {
		t.Errorf("the old module still answers: %v", err)
	}
}
