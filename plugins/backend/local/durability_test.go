//go:build unix

package local

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestTheFileIsOnDiskBeforeItsNameAndTheNameBeforeTheEnd(t *testing.T) {
	for _, c := range []struct {
		durability sdk.Durability
		want       string
	}{
		{sdk.DurabilitySync, "file in/new in root"},
		{sdk.DurabilityClose, "file in/new in root"},
		{sdk.DurabilityNone, ""},
	} {
		t.Run(string(c.durability), func(t *testing.T) {
			dir := t.TempDir()
			b := open(t, Settings{Root: dir})
			var steps []string
			b.sys.sync = func(f *os.File) error {
				info, err := f.Stat()
				if err != nil {
					return err
				}
				if !info.IsDir() {
					if _, err := os.Stat(filepath.Join(dir, "in/new/a")); err == nil {
						t.Error("the file has its name before it is on disk")
					}
					steps = append(steps, "file")
					return f.Sync()
				}
				for _, name := range []string{"in/new", "in", ""} {
					if at, err := os.Stat(filepath.Join(dir, name)); err == nil && os.SameFile(at, info) {
						steps = append(steps, folderName(name))
						break
					}
				}
				return f.Sync()
			}
			b.sys.datasync = b.sys.sync
			w := create(t, b, sdk.Target{ID: "t1", Path: "in/new/a", Durability: c.durability, Size: -1})
			write(t, w, 0, "x")
			commit(t, w, sdk.ExistsFail)
			got := slices.Clone(steps)
			for _, want := range strings.Fields(c.want) {
				if !slices.Contains(got, want) {
					t.Errorf("%s was not synced: %v", want, steps)
				}
			}
			if c.want == "" && len(steps) > 0 {
				t.Errorf("%v were synced", steps)
			}
			if c.want != "" && steps[0] != "file" {
				t.Errorf("the file was not the first: %v", steps)
			}
		})
	}
}

func TestWhatASyncPointMadeDurableIsNotSyncedAgain(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir()})
	syncs := 0
	b.sys.datasync = func(f *os.File) error { syncs++; return f.Sync() }
	w := create(t, b, sdk.Target{ID: "t1", Path: "a", Durability: sdk.DurabilitySync, Size: -1})
	write(t, w, 0, "x")
	for range 2 {
		if durable, _, err := w.Sync(); err != nil || durable != 1 {
			t.Fatalf("%d bytes are durable: %v", durable, err)
		}
	}
	commit(t, w, sdk.ExistsFail)
	if syncs != 1 {
		t.Errorf("the file was synced %d times, once is enough", syncs)
	}
}

func folderName(name string) string {
	if name == "" {
		return "root"
	}
	return name
}

func TestTheFirstSyncPointMakesTheTemporaryNameDurableAndLaterOnesDoNotAgain(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir()})
	folders := 0
	b.sys.sync = func(f *os.File) error { folders++; return f.Sync() }
	w := create(t, b, sdk.Target{ID: "t1", Path: "in/new/a", Durability: sdk.DurabilitySync, Size: -1})
	for i, want := range []int{3, 3, 3} {
		if _, _, err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		if folders != want {
			t.Fatalf("after sync %d, %d folders were synced, want %d", i+1, folders, want)
		}
	}
	w.Discard()
}

func TestAFolderThatCannotBeSyncedBreaksTheWriter(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir()})
	w := create(t, b, sdk.Target{ID: "t1", Path: "in/a", Size: -1})
	b.sys.sync = func(*os.File) error { return syscall.EIO }
	if _, _, err := w.Sync(); sdk.CodeOf(err) != sdk.DataIO || !errors.Is(err, syscall.EIO) {
		t.Fatalf("the error is %v", err)
	}
	b.sys.sync = syncFile
	if err := w.WriteAt([][]byte{{1}}, 0); !errors.Is(err, syscall.EIO) {
		t.Fatalf("a write after it gave %v", err)
	}
}

func TestAFileThatGotItsNameRightBeforeACrashIsToldOfWhenTheNameIsDurable(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: dir})
	target := sdk.Target{ID: "t1", Path: "in/new/a", Durability: sdk.DurabilitySync, Size: -1}
	w := create(t, b, target)
	write(t, w, 0, "x")
	_, kept, err := w.Sync()
	if err != nil {
		t.Fatal(err)
	}
	b.sys.sync = func(*os.File) error { return syscall.EIO } // the crash: the name is given, the folder is not synced
	if name, err := w.Commit(sdk.ExistsFail); name != "in/new/a" || !errors.Is(err, syscall.EIO) {
		t.Fatalf("commit gives %q, %v", name, err)
	}

	again := open(t, Settings{Root: dir})
	folders := 0
	again.sys.sync = func(f *os.File) error { folders++; return f.Sync() }
	if _, err := again.Resume(target, kept); !errors.Is(err, sdk.ErrCommitted) {
		t.Fatalf("resume: %v", err)
	}
	if folders != 3 {
		t.Errorf("%d folders were synced, want 3: the file's own and those above it", folders)
	}
	again.sys.sync = func(*os.File) error { return syscall.EIO }
	if _, err := again.Resume(target, kept); errors.Is(err, sdk.ErrCommitted) || sdk.CodeOf(err) != sdk.DataIO {
		t.Errorf("resume with a folder that cannot be synced: %v", err)
	}
}
