package rust_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// TestTheSDKIsACrateToo builds it as cargo would, and an exit that depends on it.
func TestTheSDKIsACrateToo(t *testing.T) {
	toolchain.Need(t, "rust")
	rustc, err := toolchain.Find("rustc")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	code := strings.Replace(examples(t, "rust")[0], "mod postern;\n", "", 1)
	if err := os.WriteFile(filepath.Join(dir, "small.rs"), []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--edition", "2021", "--target", "wasm32-unknown-unknown", "-C", "opt-level=0", "-C", "panic=abort", "-C", "linker=wasm-ld", "--out-dir", dir}
	for _, args := range [][]string{{"--crate-type", "rlib", "--crate-name", "postern", "lib.rs"},
		{"--crate-type", "cdylib", "--extern", "postern=" + filepath.Join(dir, "libpostern.rlib"), filepath.Join(dir, "small.rs")}} {
		if out, err := exec.Command(rustc, append(args, flags...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	module, err := os.ReadFile(filepath.Join(dir, "small.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if m := load(t, wasm.Settings{Module: module}).Describe(); m.Name != "small" || len(m.Points) != 2 {
		t.Errorf("it says of itself %+v", m)
	}
}
