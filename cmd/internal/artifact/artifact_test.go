package artifact

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPinnedModuleIsReadOnceAndSaysWhatItIs(t *testing.T) {
	s := newShelf(t)
	path := s.put("exits/vet.wasm", "the module", 0o644)
	a, err := Open(path, Policy{Folder: s.dir, SHA256: strings.ToUpper(digest("the module"))})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s.put("exits/vet.wasm", "another", 0o644) // between the check and the use
	if string(a.Bytes()) != "the module" || a.SHA256 != digest("the module") || a.Size != 10 || !a.Pinned || a.Signer != "" || a.File() != nil {
		t.Errorf("got %+v with %q", a, a.Bytes())
	}
}

func TestAProgramThatIsSwappedAfterTheCheckIsNotTheOneThatRuns(t *testing.T) {
	s := newShelf(t)
	path := s.put("scan", "#!/bin/true", 0o755)
	a, err := Open(path, Policy{Kind: Program, Folder: s.dir, SHA256: digest("#!/bin/true")})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	other := s.put("scan.new", "#!/bin/false", 0o755)
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(a.File())
	if err != nil || string(got) != "#!/bin/true" || a.Bytes() != nil {
		t.Errorf("the descriptor holds %q (%v)", got, err)
	}
}

func TestATamperedFileIsRefusedWithBothDigests(t *testing.T) {
	s := newShelf(t)
	path := s.put("vet.wasm", "tampered", 0o644)
	_, err := Open(path, Policy{Folder: s.dir, SHA256: digest("the module")})
	if !errors.Is(err, ErrPin) || !strings.Contains(err.Error(), digest("the module")) || !strings.Contains(err.Error(), digest("tampered")) {
		t.Errorf("got %v", err)
	}
}

func TestWhatOthersCouldChangeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		build func(s *shelf) string
		says  string
	}{
		"a file that the group can write": {func(s *shelf) string { return s.put("a.wasm", "x", 0o664) }, "the mode of the file is -rw-rw-r--"},
		"a file that others can write":    {func(s *shelf) string { return s.put("a.wasm", "x", 0o602) }, "the mode of the file is"},
		"a folder that the group can write": {func(s *shelf) string {
			path := s.put("exits/deep/a.wasm", "x", 0o644)
			s.mode("exits", 0o775)
			return path
		}, "exits is drwxrwxr-x"},
		"the configuration's own folder": {func(s *shelf) string {
			path := s.put("a.wasm", "x", 0o644)
			s.mode(".", 0o777)
			return path
		}, "is drwxrwxrwx"},
		"a link into a folder that others can write": {func(s *shelf) string {
			s.put("open/a.wasm", "x", 0o644)
			s.mode("open", 0o757)
			return s.link("open/a.wasm", "a.wasm")
		}, "open is drwxr-xrwx"},
		"a link through a link, with a step up": {func(s *shelf) string {
			s.put("open/a.wasm", "x", 0o644)
			s.put("fine/x", "x", 0o644)
			s.mode("open", 0o757)
			s.link("fine", "dir")
			return s.link("dir/../open/a.wasm", "a.wasm")
		}, "open is drwxr-xrwx"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			_, err := Open(c.build(s), Policy{Folder: s.dir})
			if !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAFileOfAnotherUserIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to somebody else")
	}
	s := newShelf(t)
	path := s.put("a.wasm", "x", 0o644)
	if err := os.Chown(path, 4321, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Policy{Folder: s.dir}); !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "the user 4321") {
		t.Errorf("got %v", err)
	}
	link := s.link(s.put("b.wasm", "x", 0o644), "l.wasm")
	if err := os.Lchown(link, 4321, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(link, Policy{Folder: s.dir}); !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "the link") {
		t.Errorf("got %v", err)
	}
}

func TestLinksAndFoldersAboveAreFollowedWhereNobodyElseCanWrite(t *testing.T) {
	s := newShelf(t)
	s.put("store/vet-2.wasm", "x", 0o644)
	s.link("store/vet-2.wasm", "vet.wasm")
	s.link(filepath.Join(s.dir, "vet.wasm"), "again.wasm")
	for _, folder := range []string{s.dir, ""} { // without a folder all above is looked at too, and /tmp is sticky
		for _, name := range []string{"vet.wasm", "again.wasm", "store/../store/vet-2.wasm"} {
			a, err := Open(filepath.Join(s.dir, name), Policy{Folder: folder})
			if err != nil {
				t.Errorf("%s in %q: %v", name, folder, err)
				continue
			}
			a.Close()
		}
	}
	s.link("round.wasm", "round.wasm")
	if _, err := Open(filepath.Join(s.dir, "round.wasm"), Policy{Folder: s.dir}); err == nil || !strings.Contains(err.Error(), "too many links") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoPluginFileIsRefused(t *testing.T) {
	s := newShelf(t)
	s.put("folder/x", "x", 0o644)
	large := s.put("large.wasm", "", 0o644)
	if err := os.Truncate(large, 64<<20+1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		kind Kind
		want error
	}{
		{filepath.Join(s.dir, "folder"), Module, ErrKind},
		{s.put("plain", "x", 0o644), Program, ErrKind},
		{s.put("empty.wasm", "", 0o644), Module, ErrSize},
		{large, Module, ErrSize},
		{filepath.Join(s.dir, "missing.wasm"), Module, fs.ErrNotExist},
	} {
		if _, err := Open(c.path, Policy{Kind: c.kind, Folder: s.dir}); !errors.Is(err, c.want) || !strings.Contains(err.Error(), filepath.Base(c.path)) {
			t.Errorf("%s: got %v, want %v", c.path, err, c.want)
		}
	}
}

func TestClosingTwiceIsHarmless(t *testing.T) {
	s := newShelf(t)
	a, err := Open(s.put("scan", "x", 0o755), Policy{Kind: Program, Folder: s.dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Close(), a.Close()); err != nil || a.File() != nil {
		t.Error(err)
	}
}
