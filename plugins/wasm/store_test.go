package wasm_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

func TestAFileStoreFindsItsValuesAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vet.json")
	reopen := func() *wasm.FileStore {
		t.Helper()
		s, err := wasm.OpenFileStore(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := reopen()
	for k, v := range map[string]string{"a": "1", "b\x00\xff": "\xfe", "c": "3"} {
		if err := s.Put(k, []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put("c", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("large", make([]byte, 2<<20)); !errors.Is(err, wasm.ErrStoreFull) {
		t.Errorf("a value of 2 MiB: %v", err)
	}
	s = reopen()
	if v, ok := s.Get("a"); !ok || string(v) != "1" {
		t.Errorf("a is %q", v)
	}
	if v, _ := s.Get("b\x00\xff"); string(v) != "\xfe" {
		t.Errorf("a key of any bytes is %q", v)
	}
	if v, ok := s.Get("c"); ok {
		t.Errorf("c is %q although it was taken away", v)
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 1 {
		t.Errorf("it left %q", left)
	}
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("a", []byte("2")); err == nil {
		t.Error("a value that could not be written was taken")
	}
	if v, _ := s.Get("a"); string(v) != "1" {
		t.Errorf("a is %q although it could not be kept", v)
	}
}

func TestAFileStoreThatIsNoneIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vet.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := wasm.OpenFileStore(path); err == nil {
		t.Error("rubbish was taken for an empty store")
	}
}

func TestAStoreKeepsValuesFromCallToCallAndIsBounded(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	fetch, put := r.imp("postern_v1", "kv_get", "iiii:i"), r.imp("postern_v1", "kv_put", "iiii:i")
	r.data(scratch, "key")
	key := code(i32c(scratch), i32c(3))
	m := r.build(
		key, i32c(8192), i32c(4), call(fetch), set(5),
		key, i32c(8192), i32c(4), call(put), drop,
		answered(get(5)))
	s := settings(m)
	s.Grants.Store, s.Store = true, wasm.NewMemoryStore()
	if got := probe(t, s, question(sdk.PointIdentify)); got != -1 {
		t.Errorf("the first get: %d, want -1", got)
	}
	if got := probe(t, s, question(sdk.PointIdentify)); got != 4 {
		t.Errorf("the second get: %d, want 4", got)
	}
	if v, ok := s.Store.Get("key"); !ok || !bytes.Equal(v, make([]byte, 4)) {
		t.Errorf("kept is %v", v)
	}
	for i := range 20 {
		err := s.Store.Put(fmt.Sprint(i), make([]byte, 100_000))
		if full := i >= 10; full != errors.Is(err, wasm.ErrStoreFull) {
			t.Fatalf("value %d: %v", i, err)
		}
	}
	if err := s.Store.Put("0", nil); err != nil {
		t.Error(err)
	}
	if err := s.Store.Put("x", make([]byte, 100_000)); err != nil {
		t.Errorf("there is no room although a value was taken away: %v", err)
	}
}
