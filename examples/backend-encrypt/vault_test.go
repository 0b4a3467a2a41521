package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// below is a memory backend that can be changed for another one.
type below struct {
	now atomic.Pointer[memory.Backend]
}

func (b *below) Create(t sdk.Target) (sdk.Writer, error)           { return b.now.Load().Create(t) }
func (b *below) Resume(t sdk.Target, s []byte) (sdk.Writer, error) { return b.now.Load().Resume(t, s) }
func (b *below) Open(path string) (sdk.Reader, error)              { return b.now.Load().Open(path) }
func (b *below) Stat(path string) (sdk.FileInfo, error)            { return b.now.Load().Stat(path) }
func (b *below) List(path string) ([]sdk.FileInfo, error)          { return b.now.Load().List(path) }
func (b *below) Rename(from, to string) error                      { return b.now.Load().Rename(from, to) }
func (b *below) Remove(path string) error                          { return b.now.Load().Remove(path) }
func (b *below) Probe(t sdk.Target) error                          { return b.now.Load().Probe(t) }
func (b *below) RemovePart(t sdk.Target, s []byte) error           { return b.now.Load().RemovePart(t, s) }

func (b *below) anew() *memory.Backend {
	b.now.Store(memory.New(memory.Settings{}))
	return b.now.Load()
}

var built sync.Map

// build builds the module once for all tests.
func build(t *testing.T) []byte {
	t.Helper()
	if m, ok := built.Load("module"); ok {
		return m.([]byte)
	}
	m := toolchain.GoModule(t, ".")
	built.Store("module", m)
	return m
}

// load loads the module over a backend, with a key of one byte again and again.
func load(t *testing.T, module []byte, key byte, under sdk.Backend) *wasm.Backend {
	t.Helper()
	cache := ""
	if dir, err := os.UserCacheDir(); err == nil {
		cache = filepath.Join(dir, "postern", "wasm-tests")
	}
	config := `{"key":"` + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{key}, keySize)) + `"}`
	b, err := wasm.LoadBackend(t.Context(), wasm.Settings{Name: "vault", Module: module, Config: []byte(config),
		Grants: wasm.Grants{Backend: under}, Limits: wasm.Limits{Fuel: 200_000_000}, CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestTheVaultKeepsTheDutiesOfABackend(t *testing.T) {
	under := &below{}
	b := load(t, build(t), 1, under)
	backendtest.Run(t, func(*testing.T) backendtest.Harness {
		under.anew()
		return backendtest.Harness{
			Backend:  b,
			Restart:  func() sdk.Backend { under.now.Store(under.now.Load().PowerCut()); return b },
			Paths:    func() []string { return under.now.Load().Paths() },
			FailSync: func() { under.now.Load().Faults.Sync(1, errors.New("the disk failed")) },
		}
	})
}

// content has every place differ from its neighbours.
func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func put(t *testing.T, b sdk.Backend, path string, content []byte) {
	t.Helper()
	w, err := b.Create(sdk.Target{ID: "t1", Path: path, OnExists: sdk.ExistsReplace, Size: int64(len(content))})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteAt([][]byte{content}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(sdk.ExistsReplace); err != nil {
		t.Fatal(err)
	}
}

func get(b sdk.Backend, path string) ([]byte, error) {
	r, err := b.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	got := make([]byte, r.Info().Size)
	_, err = r.ReadAt(got, 0)
	return got, err
}

func TestEverySizeComesBackAndIsReadFromAnywhere(t *testing.T) {
	under := &below{}
	b := load(t, build(t), 1, under)
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 9*chunk + 5} {
		under.anew()
		want := content(n)
		put(t, b, "in/a", want)
		if got, err := get(b, "in/a"); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %d came back, %v", n, len(got), err)
		}
		if i, err := b.Stat("in/a"); err != nil || i.Size != int64(n) {
			t.Fatalf("%d bytes: stat says %d, %v", n, i.Size, err)
		}
		r, err := b.Open("in/a")
		if err != nil {
			t.Fatal(err)
		}
		for off := n - 1; off >= 0; off -= chunk/2 + 7 {
			p := make([]byte, min(100, n-off))
			if _, err := r.ReadAt(p, int64(off)); err != nil && err != io.EOF || !bytes.Equal(p, want[off:off+len(p)]) {
				t.Fatalf("%d bytes: a read at %d gave %v", n, off, err)
			}
		}
		r.Close()
	}
}

func TestARestartGoesOnAnywhere(t *testing.T) {
	under := &below{}
	b := load(t, build(t), 1, under)
	want := content(5*chunk + 99)
	for _, point := range []int{0, chunk - 1, chunk, 3*chunk + 17} {
		for _, cut := range []int{point, point / 2} {
			under.anew()
			at := sdk.Target{ID: "t1", Path: "in/a", Size: -1}
			w, err := b.Create(at)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.WriteAt([][]byte{want[:point]}, 0); err != nil {
				t.Fatal(err)
			}
			durable, state, err := w.Sync()
			if err != nil || durable != int64(point) {
				t.Fatalf("%d bytes are durable of %d, %v", durable, point, err)
			}
			if bytes.Contains(state, want[:min(point, 64)]) && point >= 64 {
				t.Fatal("the state bears the file's bytes as they are")
			}
			if err := w.WriteAt([][]byte{bytes.Repeat([]byte("lost"), chunk)}, int64(point)); err != nil {
				t.Fatal(err)
			}
			under.now.Store(under.now.Load().PowerCut())
			w.Close()
			if w, err = b.Resume(at, state); err != nil {
				t.Fatal(err)
			}
			if err := w.Truncate(int64(cut)); err != nil {
				t.Fatal(err)
			}
			if err := w.WriteAt([][]byte{want[cut:]}, int64(cut)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Commit(sdk.ExistsFail); err != nil {
				t.Fatal(err)
			}
			if got, err := get(b, "in/a"); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("restarted at %d of %d: %d bytes came back, %v", cut, point, len(got), err)
			}
		}
	}
}

// raw gives the stored bytes, and stores others in their place.
func raw(t *testing.T, b sdk.Backend, change func([]byte) []byte) {
	t.Helper()
	stored, err := get(b, "in/a")
	if err != nil {
		t.Fatal(err)
	}
	put(t, b, "in/a", change(stored))
}

func TestWhatWasTamperedWithIsNotGiven(t *testing.T) {
	under := &below{}
	module := build(t)
	b, other := load(t, module, 1, under), load(t, module, 2, under)
	want := content(3*chunk + 500)
	swap := func(s []byte) []byte {
		first := bytes.Clone(s[headerSize : headerSize+slot])
		copy(s[headerSize:], s[headerSize+slot:headerSize+2*slot])
		copy(s[headerSize+slot:], first)
		return s
	}
	for name, change := range map[string]func([]byte) []byte{
		"a bit of the header":       func(s []byte) []byte { s[0] ^= 1; return s },
		"a bit of the salt":         func(s []byte) []byte { s[len(magic)] ^= 1; return s },
		"a bit of a nonce":          func(s []byte) []byte { s[headerSize] ^= 1; return s },
		"a bit of a chunk":          func(s []byte) []byte { s[headerSize+slot+100] ^= 1; return s },
		"the last bit":              func(s []byte) []byte { s[len(s)-1] ^= 1; return s },
		"two chunks change places":  swap,
		"a byte is cut off":         func(s []byte) []byte { return s[:len(s)-1] },
		"the last chunk is cut off": func(s []byte) []byte { return s[:headerSize+3*slot] },
		"all but the first is":      func(s []byte) []byte { return s[:headerSize+slot] },
		"all chunks are":            func(s []byte) []byte { return s[:headerSize] },
		"everything is":             func([]byte) []byte { return nil },
		"a byte is added":           func(s []byte) []byte { return append(s, 0) },
		"a chunk is added twice":    func(s []byte) []byte { return append(s, s[len(s)-500-overhead:]...) },
	} {
		under.anew()
		put(t, b, "in/a", want)
		raw(t, under, change)
		if got, err := get(b, "in/a"); err == nil {
			t.Errorf("%s: %d bytes were given", name, len(got))
		} else if r, ok := sdk.AsRefusal(err); !ok || r.Code != sdk.DataIO || r.Temporary {
			t.Errorf("%s: %v", name, err)
		}
	}
	under.anew()
	put(t, b, "in/a", want)
	if got, err := get(other, "in/a"); err == nil {
		t.Errorf("another key: %d bytes were given", len(got))
	}
	stored, _ := get(under, "in/a")
	for i := 0; i+64 <= len(want); i += 64 {
		if bytes.Contains(stored, want[i:i+64]) {
			t.Fatalf("what is stored bears the plain bytes at %d", i)
		}
	}
}
