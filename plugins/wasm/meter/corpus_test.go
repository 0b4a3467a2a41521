package meter_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/postern/postern/plugins/wasm/meter"
)

// TestEveryModuleThatCompilesStillDoes takes every module that wazero carries (its examples in several languages, its
// regressions, and both editions of the core test suite): one that compiles plain compiles metered, one that does not
// compile plain does not metered.
func TestEveryModuleThatCompilesStillDoes(t *testing.T) {
	root := filepath.Join(suite(t), "..", "..", "..")
	r := newRuntime(t, wazero.NewRuntimeConfigInterpreter().WithDebugInfoEnabled(false))
	valid, invalid := 0, 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".wasm") {
			return err
		}
		module, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if compare(t, r, name, module) {
			valid++
		} else {
			invalid++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d valid and %d invalid modules", valid, invalid)
	if valid < 1500 || invalid < 1500 {
		t.Errorf("only %d valid and %d invalid modules were compared", valid, invalid)
	}
}

// compare compiles a module plain and metered, and says whether it is valid.
func compare(t *testing.T, r wazero.Runtime, name string, module []byte) bool {
	m, refused := meter.Rewrite(module, meter.Limits{MaxMemoryPages: 65_536})
	if errors.Is(refused, meter.ErrLimit) {
		return false // what the runtime would spend on it is the reason
	}
	if errors.Is(refused, meter.ErrUnsupported) && strings.Contains(name, "typed-function-references") {
		return false // wazero lets some of that proposal through even where it is switched off
	}
	plain, err := r.CompileModule(t.Context(), module)
	if err == nil {
		defer plain.Close(t.Context())
	}
	if refused != nil {
		if err == nil {
			t.Errorf("%s compiles plain and is refused: %v", name, refused)
		}
		return err == nil
	}
	metered, errMetered := r.CompileModule(t.Context(), m.Bytes)
	if errMetered == nil {
		defer metered.Close(t.Context())
	}
	if (err == nil) != (errMetered == nil) {
		t.Errorf("%s: plain: %v; metered: %v", name, err, errMetered)
	}
	return err == nil
}
