//go:build unix

package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestACommitWhoseFolderSyncFailsIsKnownAsCommitted(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir()})
	at := sdk.Target{ID: "t1", Path: "in/a", Size: -1}
	w := create(t, b, at)
	write(t, w, 0, "x")
	_, state, err := w.Sync()
	if err != nil {
		t.Fatal(err)
	}
	b.sys.sync = func(f *os.File) error {
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return syscall.EIO
		}
		return f.Sync()
	}
	_, err = w.Commit(sdk.ExistsFail)
	code(t, err, sdk.DataIO)
	_, err = b.Resume(at, state)
	code(t, err, sdk.DataIO) // the name is still not on disk
	b.sys.sync = syncFile
	if _, err := b.Resume(at, state); !errors.Is(err, sdk.ErrCommitted) {
		t.Fatalf("resume says %v", err)
	}
}

func TestACommitInterruptedBetweenItsTwoStepsIsFinished(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: dir})
	at := sdk.Target{ID: "t1", Path: "in/a", Size: -1}
	w := create(t, b, at)
	write(t, w, 0, "x")
	_, state, err := w.Sync()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := os.Link(filepath.Join(dir, "in", partName("t1")), filepath.Join(dir, "in/a")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var as *sdk.CommittedError
		if _, err := b.Resume(at, state); !errors.As(err, &as) || as.Path != "in/a" {
			t.Fatalf("resume says %v", err)
		}
		if got := everything(t, dir); !slices.Equal(got, []string{"in", "in/a"}) {
			t.Fatalf("%q are there", got)
		}
	}
}

func TestAnInodeThatIsUsedAgainIsNotTheCommittedFile(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: dir})
	at := sdk.Target{ID: "t1", Path: "in/a", Size: -1}
	again := 0
	for i := range 40 {
		w := create(t, b, at)
		_, state, err := w.Sync()
		if err != nil {
			t.Fatal(err)
		}
		if w.id.Born == 0 {
			t.Skip("this file system does not know when a file was born")
		}
		if err := w.Discard(); err != nil {
			t.Fatal(err)
		}
		other := create(t, b, sdk.Target{ID: fmt.Sprint("o", i), Path: "in/a", Size: -1})
		for other.id.Inode == w.id.Inode && other.id.Born == w.id.Born { // the same tick of the clock
			other.Discard()
			other = create(t, b, sdk.Target{ID: fmt.Sprint("o", i), Path: "in/a", Size: -1})
		}
		if other.id.Inode == w.id.Inode {
			again++
		}
		commit(t, other, sdk.ExistsFail)
		if _, err := b.Resume(at, state); !errors.Is(err, sdk.ErrNoPart) || errors.Is(err, sdk.ErrCommitted) {
			t.Fatalf("resume says %v", err)
		}
		if err := b.Remove("in/a"); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the inode was used again %d times", again)
}

func TestAPartThatLostDurableBytesIsGone(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: dir})
	at := sdk.Target{ID: "t1", Path: "in/a", Size: -1}
	w := create(t, b, at)
	write(t, w, 0, "0123")
	_, state, err := w.Sync()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := os.Truncate(filepath.Join(dir, "in", partName("t1")), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Resume(at, state); !errors.Is(err, sdk.ErrNoPart) {
		t.Fatalf("resume says %v", err)
	}
}

func TestAFolderMovedAwayMeanwhileRefusesTheCommit(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	b := open(t, Settings{Root: dir})
	w := create(t, b, sdk.Target{ID: "t1", Path: "in/a", Size: -1})
	if err := os.Rename(filepath.Join(dir, "in"), filepath.Join(elsewhere, "in")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "in"), 0o750); err != nil {
		t.Fatal(err)
	}
	_, err := w.Commit(sdk.ExistsFail)
	code(t, err, sdk.DataIO)
	if _, err := os.Stat(filepath.Join(elsewhere, "in/a")); err == nil {
		t.Error("the file got its name outside the root")
	}
}

func TestADiscardAfterARefusedCommitLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: dir})
	w := create(t, b, sdk.Target{ID: "t1", Path: "in/a", Size: -1})
	commit(t, create(t, b, sdk.Target{ID: "t2", Path: "in/a", Size: -1}), sdk.ExistsFail)
	_, err := w.Commit(sdk.ExistsFail)
	code(t, err, sdk.FileExists)
	for range 2 {
		if err := w.Discard(); err != nil {
			t.Fatal(err)
		}
	}
	if got := everything(t, dir); !slices.Equal(got, []string{"in", "in/a"}) {
		t.Fatalf("%q are there", got)
	}
}

func TestPartsAreFoundInEveryFolderWhateverElseIsThere(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: dir})
	for i, path := range []string{"a", "in/b", "in/x/y/c"} {
		create(t, b, sdk.Target{ID: fmt.Sprint("t", i), Path: path, Size: -1}).Close()
	}
	for _, name := range []string{".postern-.part", ".postern-x", "x.part", ".postern-a b.part", "bad\xff/.postern-t3.part"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750),
			os.WriteFile(filepath.Join(dir, name), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(".", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	parts, err := b.Parts()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range parts {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"t0", "t1", "t2", "t3"}) {
		t.Fatalf("the parts are %q", ids)
	}
}
