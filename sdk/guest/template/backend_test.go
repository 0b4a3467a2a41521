package template_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// below is a memory backend that can be changed for another one. It has the abilities that the template wants.
type below struct {
	now atomic.Pointer[memory.Backend]
}

func (b *below) Create(t sdk.Target) (sdk.Writer, error)           { return b.now.Load().Create(t) }
func (b *below) Resume(t sdk.Target, s []byte) (sdk.Writer, error) { return b.now.Load().Resume(t, s) }
func (b *below) Open(path string) (sdk.Reader, error)              { return b.now.Load().Open(path) }
func (b *below) Stat(path string) (sdk.FileInfo, error)            { return b.now.Load().Stat(path) }
func (b *below) RemovePart(t sdk.Target, s []byte) error           { return b.now.Load().RemovePart(t, s) }

// paths are those in the folder of the backend above. Everything is there.
func (b *below) paths(t *testing.T) (out []string) {
	for _, p := range b.now.Load().Paths() {
		p, ours := strings.CutPrefix(p, "own/folder/")
		if !ours {
			t.Errorf("%q is outside the folder", p)
		}
		out = append(out, p)
	}
	return out
}

func TestANewBackendKeepsTheDutiesOfOne(t *testing.T) {
	toolchain.Need(t, "make")
	under := &below{}
	under.now.Store(memory.New(memory.Settings{}))
	s := wasm.Settings{Name: "hours", Module: build(t, write(t, sdk.PluginBackend)), Config: []byte(`{"folder":"own/folder"}`),
		Grants: wasm.Grants{Backend: under}, Limits: wasm.Limits{Fuel: 200_000_000}}
	if dir, err := os.UserCacheDir(); err == nil {
		s.CacheDir = filepath.Join(dir, "postern", "wasm-tests")
	}
	b, err := wasm.LoadBackend(t.Context(), s)
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
	backendtest.Run(t, func(t *testing.T) backendtest.Harness {
		under.now.Store(memory.New(memory.Settings{}))
		return backendtest.Harness{
			Backend: b,
			Restart: func() sdk.Backend { under.now.Store(under.now.Load().PowerCut()); return b },
			Paths:   func() []string { return under.paths(t) },
		}
	})
}
