package datadir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/datadir"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, path, verb string) *datadir.Folder {
	t.Helper()
	f, err := datadir.Open(path, verb, noon)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestAMissingFolderIsMadeForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	f := open(t, path, "serve")
	if got := mode(t, path); got != 0o700 {
		t.Errorf("the folder has mode %04o, want 0700", got)
	}
	if f.Tightened != 0 {
		t.Errorf("a new folder says it was tightened from %04o", f.Tightened)
	}
	if got := mode(t, filepath.Join(path, "lock")); got != 0o600 {
		t.Errorf("the lock has mode %04o, want 0600", got)
	}
}

func TestAFolderThatLetsOthersInIsTightenedAndSaysSo(t *testing.T) {
	path := t.TempDir()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	f := open(t, path, "serve")
	if got := mode(t, path); got != 0o700 || f.Tightened != 0o755 {
		t.Errorf("mode %04o, said to be tightened from %04o; want 0700 and 0755", got, f.Tightened)
	}
}

func TestASecondOneIsToldWhoHoldsTheLock(t *testing.T) {
	path := t.TempDir()
	open(t, path, "catalog check")
	_, err := datadir.Open(path, "serve", noon)
	var held *datadir.HeldError
	if !errors.As(err, &held) || !errors.Is(err, datadir.ErrHeld) {
		t.Fatalf("the second open gave %v, want a HeldError", err)
	}
	if held.Holder.PID != os.Getpid() || held.Holder.Verb != "catalog check" || !held.Holder.Since.Equal(noon) {
		t.Errorf("the holder is said to be %+v", held.Holder)
	}
	if !strings.Contains(err.Error(), "'postern catalog check'") {
		t.Errorf("the error does not name the verb: %v", err)
	}
}

func TestALockGivenBackCanBeTakenAgain(t *testing.T) {
	path := t.TempDir()
	f, err := datadir.Open(path, "serve", noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, "serve")
}

func TestALockThatIsALinkIsNotFollowed(t *testing.T) {
	path, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(path, "lock")); err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.Open(path, "serve", noon); err == nil {
		t.Error("a lock that is a symbolic link was followed")
	}
	if b, _ := os.ReadFile(outside); string(b) != "precious" {
		t.Errorf("the file behind the link was changed to %q", b)
	}
}
