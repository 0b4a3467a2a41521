package wasm_test

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// belowNow is a memory backend that can be changed for another one under a module that is loaded.
type belowNow struct {
	now atomic.Pointer[memory.Backend]
}

func newBelow() *belowNow {
	b := &belowNow{}
	b.now.Store(memory.New(memory.Settings{}))
	return b
}

func (b *belowNow) Create(t sdk.Target) (sdk.Writer, error) { return b.now.Load().Create(t) }
func (b *belowNow) Resume(t sdk.Target, state []byte) (sdk.Writer, error) {
	return b.now.Load().Resume(t, state)
}
func (b *belowNow) Open(path string) (sdk.Reader, error)     { return b.now.Load().Open(path) }
func (b *belowNow) Stat(path string) (sdk.FileInfo, error)   { return b.now.Load().Stat(path) }
func (b *belowNow) List(path string) ([]sdk.FileInfo, error) { return b.now.Load().List(path) }
func (b *belowNow) Rename(from, to string) error             { return b.now.Load().Rename(from, to) }
func (b *belowNow) Remove(path string) error                 { return b.now.Load().Remove(path) }
func (b *belowNow) Mkdir(path string) error                  { return b.now.Load().Mkdir(path) }
func (b *belowNow) Rmdir(path string) error                  { return b.now.Load().Rmdir(path) }
func (b *belowNow) Probe(t sdk.Target) error                 { return b.now.Load().Probe(t) }
func (b *belowNow) Parts() ([]sdk.Part, error)               { return b.now.Load().Parts() }
func (b *belowNow) RemovePart(t sdk.Target, state []byte) error {
	return b.now.Load().RemovePart(t, state)
}

// loadBackend loads a backend and closes it at the end of the test.
func loadBackend(t testing.TB, s wasm.Settings) *wasm.Backend {
	t.Helper()
	s.CacheDir = cacheDir
	b, err := wasm.LoadBackend(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

func through(t testing.TB, below sdk.Backend) *wasm.Backend {
	return loadBackend(t, wasm.Settings{Name: "through", Module: toolchain.GoModule(t, "testdata/through"), Grants: wasm.Grants{Backend: below},
		Limits: wasm.Limits{Wait: 5 * time.Second}})
}

func TestAModuleOverABackendKeepsTheDutiesOfABackend(t *testing.T) {
	below := newBelow()
	b := through(t, below)
	backendtest.Run(t, func(*testing.T) backendtest.Harness {
		below.now.Store(memory.New(memory.Settings{}))
		return backendtest.Harness{
			Backend:  b,
			Restart:  func() sdk.Backend { below.now.Store(below.now.Load().Restart()); return b },
			Paths:    func() []string { return below.now.Load().Paths() },
			FailSync: func() { below.now.Load().Faults.Sync(1, io.ErrUnexpectedEOF) },
		}
	})
}

func TestATrapEndsTheTransferOfItsFileAndNoOther(t *testing.T) {
	below := newBelow()
	b := through(t, below)
	good, err := b.Create(sdk.Target{ID: "t1", Path: "in/good", Size: -1})
	if err != nil {
		t.Fatal(err)
	}
	bad, err := b.Create(sdk.Target{ID: "t2", Path: "in/bad.trap", Size: -1})
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("0123456789"), 100_000)
	if err := good.WriteAt([][]byte{content[:700_000]}, 0); err != nil {
		t.Fatal(err)
	}
	r, ok := sdk.AsRefusal(bad.WriteAt([][]byte{{1}}, 0))
	if !ok || r.Code != sdk.DataIO || !r.Temporary {
		t.Fatalf("the trap is %v", r)
	}
	t.Logf("the trap is told as %v", r)
	if _, _, err := bad.Sync(); sdk.CodeOf(err) != sdk.DataIO {
		t.Fatalf("after the trap a sync gave %v", err)
	}
	if err := bad.Discard(); err != nil {
		t.Fatalf("after the trap a discard gave %v", err)
	}
	if err := good.WriteAt([][]byte{content[700_000:]}, 700_000); err != nil {
		t.Fatal(err)
	}
	if path, err := good.Commit(sdk.ExistsFail); err != nil || path != "in/good" {
		t.Fatalf("the other file: %s, %v", path, err)
	}
	f, err := b.Open("in/good")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Info().Size))
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes came back, %v", len(got), err)
	}
	if got := below.now.Load().Paths(); len(got) != 1 || got[0] != "in/good" {
		t.Fatalf("below there is %q", got)
	}
}
