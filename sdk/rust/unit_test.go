package rust_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// TestWhatNeedsNoServerHoldsOutsideASandbox runs the tests in Rust with the library of this machine.
func TestWhatNeedsNoServerHoldsOutsideASandbox(t *testing.T) {
	toolchain.Need(t, "rust")
	rustc, err := toolchain.Find("rustc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("cc is not installed: rustc links with it")
	}
	tests := filepath.Join(t.TempDir(), "unit")
	if out, err := exec.Command(rustc, "--edition", "2021", "--test", "-o", tests, "testdata/unit/unit.rs").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(tests).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
