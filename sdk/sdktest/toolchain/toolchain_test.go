package toolchain_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestTheScriptInstallsTheVersionThatIsLookedFor(t *testing.T) {
	data, err := os.ReadFile("../../../scripts/toolchain.d/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var pinned struct{ Dependencies map[string]string }
	if err := json.Unmarshal(data, &pinned); err != nil {
		t.Fatal(err)
	}
	t.Setenv("POSTERN_TOOLCHAIN", t.TempDir())
	_, err = toolchain.Find("asc")
	if err == nil {
		t.Fatal("asc was found in an empty folder")
	}
	if want := pinned.Dependencies["assemblyscript"]; !strings.Contains(err.Error(), want) {
		t.Errorf("scripts/toolchain installs %s, but the tests say %q", want, err)
	}
}

func TestALanguageThatIsMissingIsSkippedByName(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("POSTERN_TOOLCHAIN", t.TempDir())
	t.Setenv(toolchain.Required, "")
	f := &fake{TB: t}
	f.run(func() { toolchain.Need(f, "wat") })
	if !strings.Contains(f.skipped, "wat2wasm is not installed") || f.failed != "" {
		t.Errorf("skipped with %q, failed with %q", f.skipped, f.failed)
	}
	t.Setenv(toolchain.Required, "1")
	f = &fake{TB: t}
	f.run(func() { toolchain.Need(f, "wat") })
	if f.skipped != "" || !strings.Contains(f.failed, "wat2wasm is not installed") {
		t.Errorf("where it is required it skipped with %q, failed with %q", f.skipped, f.failed)
	}
	f = &fake{TB: t}
	f.run(func() { toolchain.Need(f, "cobol") })
	if f.failed == "" {
		t.Error("a language nobody knows is no failure")
	}
}

func TestWhatWasBuiltIsBuiltAgainOnlyWhenTheSourcesChange(t *testing.T) {
	t.Setenv("POSTERN_TOOLCHAIN", t.TempDir())
	dir, runs := t.TempDir(), filepath.Join(t.TempDir(), "runs")
	write(t, filepath.Join(dir, "Makefile"), "out: in\n\tcp in out\n\techo run >> "+runs+"\n")
	for _, step := range []struct {
		in   string
		runs int
	}{{"one", 1}, {"one", 1}, {"two", 2}, {"one", 2}} {
		write(t, filepath.Join(dir, "in"), step.in)
		if got := read(t, filepath.Join(toolchain.Make(t, dir), "out")); got != step.in {
			t.Errorf("from %q comes %q", step.in, got)
		}
		if got := strings.Count(read(t, runs), "run"); got != step.runs {
			t.Errorf("make ran %d times at %q, want %d", got, step.in, step.runs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("the sources' own folder was built in")
	}
}

func TestAFolderOfAModuleIsBuiltBesideTheSDKs(t *testing.T) {
	t.Setenv("POSTERN_TOOLCHAIN", t.TempDir())
	root := t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module example.org/x\n")
	write(t, filepath.Join(root, "sdk/c/postern.h"), "header")
	write(t, filepath.Join(root, "sdk/c/testdata/big"), "of no use here")
	write(t, filepath.Join(root, "sdk/rust/lib.rs"), "of no use here either")
	write(t, filepath.Join(root, "examples/one/Makefile"), "out:\n\tcp ../../sdk/c/postern.h out\n")
	built := toolchain.Make(t, filepath.Join(root, "examples/one"))
	if got := read(t, filepath.Join(built, "out")); got != "header" {
		t.Errorf("the copy sees %q in the SDK", got)
	}
	if _, err := os.Stat(filepath.Join(built, "../../sdk/c/testdata")); err == nil {
		t.Error("the SDK's test data were copied")
	}
	if _, err := os.Stat(filepath.Join(built, "../../sdk/rust")); err == nil {
		t.Error("an SDK was copied that nobody names")
	}
}

func TestTextBecomesAModule(t *testing.T) {
	module := toolchain.Wat(t, `(module (memory (export "memory") 1))`)
	if !bytes.HasPrefix(module, []byte("\x00asm")) {
		t.Errorf("not a module: %x", module)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
