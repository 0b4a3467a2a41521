package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
)

func TestTheStoreKeepsTheDutiesOfABackend(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backendtest.Harness {
		s := folders(t)
		b := opened(t, s)
		return backendtest.Harness{
			Backend: b,
			Restart: func() sdk.Backend { return opened(t, s) },
			Paths:   func() []string { return stored(t, s) },
			FailSync: func() {
				b.fsync = func(*os.File) error {
					b.fsync = (*os.File).Sync
					return errors.New("the disk failed")
				}
			},
		}
	})
}

func folders(t *testing.T) settings {
	dir := t.TempDir()
	return settings{First: filepath.Join(dir, "first"), Second: filepath.Join(dir, "second")}
}

func opened(t *testing.T, s settings) *twice {
	t.Helper()
	b, err := open(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(b.roots[0].Close(), b.roots[1].Close()) })
	return b
}

// stored lists what the first folder holds; the second one must hold the same. The folder of the temporary files is always there.
func stored(t *testing.T, s settings) []string {
	t.Helper()
	first, second := below(t, s.First), below(t, s.Second)
	if !slices.Equal(first, second) {
		t.Errorf("the first folder has %q, the second %q", first, second)
	}
	return slices.DeleteFunc(first, func(name string) bool { return name == parts })
}

func below(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); rel != "." {
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// begun creates a file, writes it and gives what its sync point keeps.
func begun(t *testing.T, b *twice, rule sdk.OnExists, content string) (w *writer, kept []byte) {
	t.Helper()
	got, err := b.Create(sdk.Target{ID: "t1", Path: "in/a", OnExists: rule, Size: -1})
	if err == nil {
		err = got.WriteAt([][]byte{[]byte(content)}, 0)
	}
	if err == nil {
		_, kept, err = got.Sync()
	}
	if err != nil {
		t.Fatal(err)
	}
	return got.(*writer), kept
}

// copies gives a file as it is in the two folders.
func copies(t *testing.T, s settings, name string) (out [2]string) {
	t.Helper()
	for i, dir := range []string{s.First, s.Second} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(b)
	}
	return out
}

func TestACommitThatACrashCutInTwoGoesOn(t *testing.T) {
	for _, rule := range []sdk.OnExists{sdk.ExistsFail, sdk.ExistsReplace} {
		for _, by := range []string{"a restart", "the removal of what is left"} {
			t.Run(string(rule)+", by "+by, func(t *testing.T) {
				s := folders(t)
				b := opened(t, s)
				w, kept := begun(t, b, rule, "whole")
				for _, r := range b.roots {
					if err := r.Mkdir("in", 0o750); err != nil {
						t.Fatal(err)
					}
				}
				take := b.roots[0].Link // the crash comes when the name was taken in the first folder
				if rule == sdk.ExistsReplace {
					take = b.roots[0].Rename
				}
				if err := take(w.part, "in/a"); err != nil {
					t.Fatal(err)
				}
				b = opened(t, s)
				var err error
				if by == "a restart" {
					var named *sdk.CommittedError
					if _, err = b.Resume(w.target, kept); !errors.As(err, &named) || named.Path != "in/a" {
						t.Fatalf("the restart gave %v", err)
					}
				} else if err = b.RemovePart(w.target, kept); err != nil {
					t.Fatal(err)
				}
				if got := copies(t, s, "in/a"); got != [2]string{"whole", "whole"} {
					t.Errorf("the copies are %q", got)
				}
				if left, err := b.Parts(); err != nil || len(left) > 0 {
					t.Errorf("%v are left, %v", left, err)
				}
			})
		}
	}
}

func TestWhatTheFirstFolderHasLostIsReadFromTheSecond(t *testing.T) {
	s := folders(t)
	b := opened(t, s)
	w, _ := begun(t, b, sdk.ExistsFail, "whole")
	if _, err := w.Commit(sdk.ExistsFail); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(s.First, "in")); err != nil {
		t.Fatal(err)
	}
	r, err := b.Open("in/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([]byte, 5)
	if _, err := r.ReadAt(got, 0); err != nil || string(got) != "whole" {
		t.Errorf("it reads %q, %v", got, err)
	}
	if list, err := b.List("in"); err != nil || len(list) != 1 || list[0].Path != "in/a" {
		t.Errorf("the list is %v, %v", list, err)
	}
	if _, err := b.Create(sdk.Target{ID: "t2", Path: "in/a", OnExists: sdk.ExistsFail}); sdk.CodeOf(err) != sdk.FileExists {
		t.Errorf("a second file of that name gave %v", err)
	}
	if err := b.Remove("in/a"); err != nil {
		t.Error(err)
	}
	if _, err := b.Open("in/a"); sdk.CodeOf(err) != sdk.FileMissing {
		t.Errorf("after its end it gives %v", err)
	}
}

func TestNothingLeadsOut(t *testing.T) {
	s := folders(t)
	b := opened(t, s)
	outside := filepath.Join(filepath.Dir(s.First), "outside")
	if err := os.MkdirAll(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{s.First, s.Second} {
		for link, to := range map[string]string{"out": outside, "up": "..", "secretlink": secret} {
			if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := below(t, filepath.Dir(s.First))
	names := append(backendtest.HostileNames(), "up/outside/secret", "out/secret", "secretlink")
	for _, name := range names {
		if r, err := b.Open(name); err == nil {
			r.Close()
			t.Errorf("%q was opened", name)
		}
		if w, err := b.Create(sdk.Target{ID: "t1", Path: name, OnExists: sdk.ExistsReplace}); err == nil {
			if err := w.Discard(); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "out/") || strings.HasPrefix(name, "up/") {
				t.Errorf("%q was created", name)
			}
		}
		if b.Remove(name) == nil {
			t.Errorf("%q was removed", name)
		}
	}
	if after := below(t, filepath.Dir(s.First)); !slices.Equal(before, after) {
		t.Errorf("there was %q, now there is %q", before, after)
	}
}

func TestBadSettingsAreAFault(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []settings{{}, {First: dir}, {First: dir, Second: dir + "/."}} {
		config, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := configure(config, nil); err == nil {
			t.Errorf("%s is taken", config)
		}
	}
	if _, err := configure([]byte("no"), nil); err == nil {
		t.Error("no JSON is taken")
	}
}
