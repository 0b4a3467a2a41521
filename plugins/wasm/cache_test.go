package wasm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// distinct is a module that no other number gives.
func distinct(n int) []byte {
	r := newReactor(sdk.PointIdentify)
	r.manifest.Version = fmt.Sprint(n)
	return r.build()
}

func loadOnce(t *testing.T, dir string, n int) {
	t.Helper()
	s := settings(distinct(n))
	s.CacheDir = dir
	e, err := wasm.Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func slots(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, e := range entries {
		out[e.Name()] = true
	}
	return out
}

func TestTheCacheKeepsTheModulesThatWereUsedLast(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	loadOnce(t, dir, 0)
	oldest := slots(t, dir)
	loadOnce(t, dir, 1)
	past := time.Now().Add(-time.Hour)
	for name := range slots(t, dir) {
		if err := os.Chtimes(filepath.Join(dir, name, "seal"), past, past); err != nil {
			t.Fatal(err)
		}
	}
	loadOnce(t, dir, 0) // used again
	for n := 2; n < 70; n++ {
		loadOnce(t, dir, n)
		if n == 40 {
			loadOnce(t, dir, 0)
		}
	}
	left := slots(t, dir)
	if len(left) > 64 {
		t.Errorf("%d modules are kept", len(left))
	}
	for name := range oldest {
		if !left[name] {
			t.Error("a module that was used again is gone")
		}
	}
}

func TestTheCacheIsBoundedInBytes(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	loadOnce(t, dir, 0)
	for name := range slots(t, dir) {
		f, err := os.Create(filepath.Join(dir, name, "large"))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(300 << 20); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	loadOnce(t, dir, 1)
	if left := slots(t, dir); len(left) != 1 {
		t.Errorf("%d modules are kept", len(left))
	}
}
