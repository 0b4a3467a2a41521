//go:build unix

package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

func create(t testing.TB, b *Backend, at sdk.Target) *writer {
	t.Helper()
	w, err := b.Create(at)
	if err != nil {
		t.Fatalf("create %s: %v", at.Path, err)
	}
	return w.(*writer)
}

func write(t testing.TB, w sdk.Writer, off int64, s string) {
	t.Helper()
	if err := w.WriteAt([][]byte{[]byte(s)}, off); err != nil {
		t.Fatalf("write at %d: %v", off, err)
	}
}

func commit(t testing.TB, w sdk.Writer, rule sdk.OnExists) string {
	t.Helper()
	name, err := w.Commit(rule)
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	return name
}

func code(t testing.TB, err error, want sdk.Code) {
	t.Helper()
	if sdk.CodeOf(err) != want {
		t.Fatalf("the error is %v, want %s", err, want)
	}
}

func TestFilesAndFoldersAreClosedToOthers(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: filepath.Join(dir, "new/root")})
	w := create(t, b, sdk.Target{ID: "t1", Path: "in/a", Size: -1})
	commit(t, w, sdk.ExistsFail)
	for path, want := range map[string]fs.FileMode{"new/root": 0o750, "new/root/in": 0o750, "new/root/in/a": 0o640} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm()&^want != 0 {
			t.Errorf("%s has mode %v (%v), want at most %v", path, info.Mode(), err, want)
		}
	}
}

func TestOnlyRegularFilesAreOpenedAndNoLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	outside := t.TempDir()
	b := open(t, Settings{Root: dir})
	commit(t, create(t, b, sdk.Target{ID: "t1", Path: "in/a", Size: -1}), sdk.ExistsFail)
	for name, to := range map[string]string{"up": "..", "out": outside, "peer": "in", "file": "in/a", "loop": "loop"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket(t, filepath.Join(dir, "socket"))
	for _, name := range []string{"up", "out", "peer", "file", "loop", "fifo", "socket"} {
		_, err := b.Open(name)
		code(t, err, sdk.FileOpen)
		_, err = b.Open(name + "/a")
		code(t, err, sdk.FileOpen)
		_, err = b.Create(sdk.Target{ID: "t2", Path: name + "/b", Size: -1})
		code(t, err, sdk.FileOpen)
		_, err = b.Create(sdk.Target{ID: "t2", Path: name, OnExists: sdk.ExistsReplace, Size: -1})
		code(t, err, sdk.FileOpen)
		_, err = b.Create(sdk.Target{ID: "t2", Path: name, Size: -1})
		code(t, err, sdk.FileExists)
		code(t, b.Remove(name), sdk.FileOpen)
		code(t, b.Rename(name, "in/b"), sdk.FileOpen)
		code(t, b.Rename("in/a", name+"/b"), sdk.FileOpen)
		_, err = b.Stat(name)
		code(t, err, sdk.FileMissing)
	}
	list, err := b.List("")
	if err != nil || len(list) != 1 || list[0].Path != "in" {
		t.Errorf("the list is %+v (%v), want the folder alone", list, err)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("outside holds %v (%v)", left, err)
	}
}

func socket(t *testing.T, path string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Skipf("no socket here: %v", err)
	}
}

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

func TestAFolderThatWasThereIsNotTakenAway(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "in"), 0o750); err != nil {
		t.Fatal(err)
	}
	b := open(t, Settings{Root: dir})
	w := create(t, b, sdk.Target{ID: "t1", Path: "in/new/a", Size: -1})
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	if got := everything(t, dir); !slices.Equal(got, []string{"in"}) {
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

func TestNoHandleIsLeftOpen(t *testing.T) {
	before := handles(t)
	b := open(t, Settings{Root: t.TempDir(), Quota: 1 << 20})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			at := sdk.Target{ID: fmt.Sprint("t", i), Path: "in/a", Size: 1}
			for range 10 {
				w, err := b.Create(at)
				if err != nil {
					continue
				}
				w.Close()
				if w, err = b.Resume(at, nil); err == nil {
					w.Commit(sdk.ExistsFail)
					w.Discard()
				}
				if r, err := b.Open("in/a"); err == nil {
					r.Close()
				}
				b.List("in")
				b.Parts()
				b.Resume(at, nil)
				b.Rename("in/a", "out/a")
				b.Remove("out/a")
				b.Open("in/none")
			}
		})
	}
	all.Wait()
	b.Close()
	if after := handles(t); after > before {
		t.Fatalf("%d handles were open, now %d", before, after)
	}
}

func handles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("handles cannot be counted here")
	}
	return len(list)
}

func TestSettingsReportEveryFault(t *testing.T) {
	err := Settings{Quota: -1, Reserve: -1}.Validate()
	for _, want := range []string{"root", "quota", "reserve"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the faults are %v, %s is missing", err, want)
		}
	}
	if _, err := New(Settings{Root: "", Now: time.Now}); err == nil {
		t.Error("a backend without a root was made")
	}
}
