//go:build linux

package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
	"github.com/postern/postern/sdk/sdktest/backendtest"
)

// storages are the programs that are backends.
var storages = map[string]func(){
	"as-store": func() { process.ServeBackend(aStore()) },
}

// aStore keeps files in the folder of its settings. It has no ability quarantine, and it fails where a name says so.
func aStore() sdk.Storage {
	var can []sdk.Ability
	for _, a := range sdk.Abilities() {
		if a != sdk.AbilityQuarantine {
			can = append(can, a)
		}
	}
	return sdk.Storage{Name: "store", Version: "1", Abilities: can, Open: func(settings json.RawMessage, _ sdk.Backend) (sdk.Backend, error) {
		var own struct{ Root string }
		if err := json.Unmarshal(settings, &own); err != nil {
			return nil, err
		}
		if own.Root == "" {
			return nil, errors.New("there is no root")
		}
		b, err := local.New(local.Settings{Root: own.Root})
		return shelf{b}, err
	}}
}

type shelf struct{ *local.Backend }

func (s shelf) Create(t sdk.Target) (sdk.Writer, error) {
	w, err := s.Backend.Create(t)
	if strings.HasSuffix(t.Path, ".full") && err == nil {
		w = full{w}
	}
	if strings.HasSuffix(t.Path, ".die") && err == nil {
		w = dying{w}
	}
	return w, err
}

// full has room for one block.
type full struct{ sdk.Writer }

func (w full) WriteAt(bufs [][]byte, off int64) error {
	if off > 0 {
		return sdk.Refuse(sdk.DataSpace, "one block is enough")
	}
	return w.Writer.WriteAt(bufs, off)
}

type dying struct{ sdk.Writer }

func (dying) WriteAt([][]byte, int64) error { os.Exit(3); return nil }

func loadStore(t testing.TB, root string) *Backend {
	t.Helper()
	config, _ := json.Marshal(map[string]string{"root": root})
	b, err := LoadBackend(t.Context(), settings(t, "as-store", func(s *Settings) { s.Config, s.Limits.Backoff = config, 5*time.Millisecond }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// kill kills the process and waits until another runs.
func kill(t testing.TB, b *Backend) {
	t.Helper()
	pid := b.Running()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(time.Minute); b.Running() == pid || b.Running() == 0; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("no process runs again: %s", b.Resting())
		}
	}
}

func TestAProgramKeepsTheDutiesOfABackend(t *testing.T) {
	root := t.TempDir()
	b := loadStore(t, root)
	backendtest.Run(t, func(t *testing.T) backendtest.Harness {
		left, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range left {
			if err := os.RemoveAll(filepath.Join(root, d.Name())); err != nil {
				t.Fatal(err)
			}
		}
		return backendtest.Harness{Backend: b, Restart: func() sdk.Backend { kill(t, b); return b }, Paths: func() []string { return stored(t, root) }}
	})
}

func stored(t *testing.T, root string) (out []string) {
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			name += "/"
		}
		if name != "./" {
			out = append(out, strings.TrimSuffix(name, "/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAProcessThatDiesEndsItsFilesAndTheyGoOn(t *testing.T) {
	b := loadStore(t, t.TempDir())
	content := bytes.Repeat([]byte("0123456789abcdef"), 200_000) // 3.2 MB
	at := sdk.Target{ID: "t1", Path: "in/a", Size: -1}
	w, err := b.Create(at)
	if err != nil {
		t.Fatal(err)
	}
	half := len(content) / 2
	if err := w.WriteAt([][]byte{content[:half/3], content[half/3 : half]}, 0); err != nil {
		t.Fatal(err)
	}
	durable, state, err := w.Sync()
	if err != nil || durable != int64(half) {
		t.Fatalf("%d bytes are durable, %v", durable, err)
	}
	kill(t, b)
	_, _, err = w.Sync()
	if r, ok := sdk.AsRefusal(err); !ok || r.Code != sdk.DataIO || !r.Temporary {
		t.Fatalf("after the end of the process a sync gave %v", err)
	}
	t.Logf("it is told as: %v", err)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = b.Resume(at, state); err != nil {
		t.Fatal(err)
	}
	if err := w.Truncate(durable); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteAt([][]byte{content[half:]}, durable); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(sdk.ExistsFail); err != nil {
		t.Fatal(err)
	}
	r, err := b.Open("in/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size)) // in small pieces, one behind the other
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes came back, %v", len(got), err)
	}
	back := make([]byte, 1<<20)
	if n, err := r.ReadAt(back, 1000); n != len(back) || err != nil || !bytes.Equal(back, content[1000:1000+n]) {
		t.Fatalf("a read of several blocks gave %d, %v", n, err)
	}
}

func TestAWriteThatFailsLaterIsToldBeforeAnythingIsPromised(t *testing.T) {
	b := loadStore(t, t.TempDir())
	for _, end := range []func(w sdk.Writer) error{
		func(w sdk.Writer) error { _, _, err := w.Sync(); return err },
		func(w sdk.Writer) error { _, err := w.Commit(sdk.ExistsFail); return err },
	} {
		w, err := b.Create(sdk.Target{ID: "t1", Path: "in/a.full", Size: -1})
		if err != nil {
			t.Fatal(err)
		}
		block := make([]byte, 256<<10)
		for i := range int64(3) {
			if err := w.WriteAt([][]byte{block}, i*int64(len(block))); err != nil && sdk.CodeOf(err) != sdk.DataSpace {
				t.Fatal(err)
			}
		}
		if err := end(w); sdk.CodeOf(err) != sdk.DataSpace {
			t.Errorf("the end gave %v", err)
		}
		_ = w.Discard() // a commit has closed it
		if err := b.RemovePart(sdk.Target{ID: "t1", Path: "in/a.full"}, nil); err != nil {
			t.Error(err)
		}
	}
	if _, err := b.Open("in/a.full"); sdk.CodeOf(err) != sdk.FileMissing {
		t.Errorf("the file is there: %v", err)
	}
}

func TestAProgramThatDoesNotTakeItsSettingsIsNotLoaded(t *testing.T) {
	_, err := LoadBackend(t.Context(), settings(t, "as-store", func(s *Settings) { s.Config = []byte(`{}`) }))
	if err == nil || !strings.Contains(err.Error(), "there is no root") {
		t.Errorf("got %v", err)
	}
}
