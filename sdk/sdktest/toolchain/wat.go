package toolchain

import (
	"os"
	"path/filepath"
	"testing"
)

// Wat translates a module's text to its binary form. Flags are wat2wasm's, such as --enable-threads.
func Wat(t testing.TB, source string, flags ...string) []byte {
	t.Helper()
	Need(t, "wat")
	src := sources{at: ".", files: map[string]file{"module.wat": {[]byte(source), 0o600}}}
	dir := t.TempDir()
	key := src.key(append([]string{"wat2wasm"}, flags...))
	if !fetch(key, dir) {
		if err := src.write(dir); err != nil {
			t.Fatal(err)
		}
		if out, err := run(dir, "wat2wasm", append(flags, "module.wat", "-o", "module.wasm")...); err != nil {
			t.Fatalf("wat2wasm: %v\n%s", err, out)
		}
		if err := keep(key, dir, src); err != nil {
			t.Logf("the module is not kept: %v", err)
		}
	}
	module, err := os.ReadFile(filepath.Join(dir, "module.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return module
}
