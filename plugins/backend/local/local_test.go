//go:build unix

package local

import (
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

func TestAFolderThatSomebodyAskedForStaysWhenTheTransferThatMadeItIsGivenUp(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir()})
	w := create(t, b, sdk.Target{ID: "t1", Path: "in/deep/a", Size: -1})
	code(t, b.Mkdir("in/deep"), sdk.FileExists)
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	if info, err := b.Stat("in/deep"); err != nil || !info.Dir {
		t.Fatalf("the folder is %+v (%v)", info, err)
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
