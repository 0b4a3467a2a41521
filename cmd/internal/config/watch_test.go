package config

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// watched runs a watcher and gives each change it tells.
func watched(t *testing.T, path string) <-chan struct{} {
	t.Helper()
	_, changes := watching(t, path)
	return changes
}

func watching(t *testing.T, path string) (*Watcher, <-chan struct{}) {
	t.Helper()
	w, err := NewWatcher(path, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	changes, done := make(chan struct{}, 100), make(chan error, 1)
	go func() { done <- w.Run(ctx, func() { changes <- struct{}{} }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the watcher ended with %v", err)
		}
	})
	return w, changes
}

func told(t *testing.T, changes <-chan struct{}, after string) {
	t.Helper()
	select {
	case <-changes:
	case <-time.After(10 * time.Second):
		t.Fatalf("no change was told after %s", after)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAWatcherTellsEveryWayOfChangingAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "postern.yaml", "a")
	changes := watched(t, "postern.yaml")
	put(t, "postern.yaml", "b")
	told(t, changes, "a write")
	for range 2 { // the second time the file watched is another one
		put(t, "postern.yaml.new", "c")
		if err := os.Rename("postern.yaml.new", "postern.yaml"); err != nil {
			t.Fatal(err)
		}
		told(t, changes, "a rename over it")
	}
	if err := os.Remove("postern.yaml"); err != nil {
		t.Fatal(err)
	}
	told(t, changes, "its removal")
	put(t, "postern.yaml", "d")
	told(t, changes, "its return")
}

func TestAWatcherTellsABurstOnceAndIgnoresOtherFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	changes := watched(t, "postern.yaml")
	put(t, "other.yaml", "x")
	for range 50 {
		put(t, "postern.yaml", "x")
	}
	told(t, changes, "a burst")
	put(t, "other.yaml", "y")
	put(t, "postern.yaml", "last")
	told(t, changes, "the last write")
	if n := len(changes); n > 3 {
		t.Errorf("a burst of 50 writes was told %d times", n+2)
	}
}

func TestAWatcherThatIsClosedEnds(t *testing.T) {
	w, err := NewWatcher(t.TempDir()+"/x", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context(), func() {}); err != nil {
		t.Errorf("run: %v", err)
	}
	if _, err := NewWatcher(t.TempDir()+"/none/x", time.Second); err == nil {
		t.Error("a folder that is not there was watched")
	}
}

func TestAWatcherTellsChangesOfTheFilesOfPluginsToo(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, folder := range []string{"exits", "store"} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, "store/real.wasm", "x")
	if err := os.Symlink("../store/real.wasm", "exits/link.wasm"); err != nil {
		t.Fatal(err)
	}
	w, changes := watching(t, "postern.yaml")
	vet, link := dir+"/exits/vet.wasm", dir+"/exits/link.wasm"
	if err := w.Also([]string{vet, link, dir + "/gone/x.wasm"}); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a folder that is not there: %v", err)
	}
	put(t, vet, "half")
	told(t, changes, "a new module")
	if err := os.Chmod(vet, 0o700); err != nil {
		t.Fatal(err)
	}
	told(t, changes, "a mode")
	put(t, "store/real.wasm", "y")
	told(t, changes, "a change behind a link")
	if err := w.Also(nil); err != nil {
		t.Error(err)
	}
	put(t, vet, "nobody looks")
	put(t, "postern.yaml", "a")
	told(t, changes, "the configuration itself")
	if len(changes) != 0 {
		t.Error("a file that is not watched any more was told")
	}
}
