package wasm_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/postern/postern/plugins/wasm"
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
