package backendtest

import (
	"slices"
	"testing"

	"github.com/postern/postern/sdk"
)

func abilityDuties() []duty {
	return []duty{
		{"stat tells what open would", func(t *testing.T, h *h) {
			s := able[sdk.Statter](t, h)
			h.put(t, "t1", "in/a", "0123")
			if got, err := s.Stat("in/a"); err != nil || got != h.info(t, "in/a") {
				t.Fatalf("stat says %+v (%v), open %+v", got, err, h.info(t, "in/a"))
			}
			if got, err := s.Stat("in"); err != nil || !got.Dir {
				t.Fatalf("stat of the folder says %+v (%v)", got, err)
			}
			_, err := s.Stat("in/b")
			refusedWith(t, err, sdk.FileMissing)
			_, err = s.Stat("in/../in/a")
			refusedWith(t, err, sdk.FileName)
		}},
		{"a list has files and folders, and no temporary file", func(t *testing.T, h *h) {
			l := able[sdk.Lister](t, h)
			h.put(t, "t1", "in/b", "1")
			h.put(t, "t2", "in/a", "22")
			h.put(t, "t3", "in/c/d", "333")
			w := h.create(t, target("t4", "in/e"))
			defer w.Discard()
			got, err := l.List("in")
			if err != nil || !slices.Equal(paths(got), []string{"in/a", "in/b", "in/c"}) || !got[2].Dir || got[0].Size != 2 {
				t.Fatalf("the list is %+v (%v)", got, err)
			}
			if got, err = l.List(""); err != nil || !slices.Equal(paths(got), []string{"in"}) {
				t.Fatalf("the root's list is %+v (%v)", got, err)
			}
			_, err = l.List("out")
			refusedWith(t, err, sdk.FileMissing)
			_, err = l.List("..")
			refusedWith(t, err, sdk.FileName)
		}},
		{"a rename moves a file and takes no name that is taken", func(t *testing.T, h *h) {
			r := able[sdk.Renamer](t, h)
			h.put(t, "t1", "in/a", "a")
			h.put(t, "t2", "in/b", "b")
			refusedWith(t, r.Rename("in/a", "in/b"), sdk.FileExists)
			refusedWith(t, r.Rename("in/c", "in/d"), sdk.FileMissing)
			refusedWith(t, r.Rename("in/a", "in/.d"), sdk.FileName)
			refusedWith(t, r.Rename("../a", "in/d"), sdk.FileName)
			if err := r.Rename("in/a", "bad/new/a"); err != nil {
				t.Fatal(err)
			}
			h.has(t, "bad/new/a", "a")
			h.has(t, "in/b", "b")
			_, err := h.Backend.Open("in/a")
			refusedWith(t, err, sdk.FileMissing)
		}},
		{"a remove removes a file and no folder", func(t *testing.T, h *h) {
			r := able[sdk.Remover](t, h)
			h.put(t, "t1", "in/a", "a")
			if err := r.Remove("in/a"); err != nil {
				t.Fatal(err)
			}
			refusedWith(t, r.Remove("in/a"), sdk.FileMissing)
			h.put(t, "t2", "in/b", "b")
			refusedWith(t, r.Remove("in"), sdk.FileOpen, sdk.FileMissing)
			refusedWith(t, r.Remove("in/../in/b"), sdk.FileName)
			h.has(t, "in/b", "b")
		}},
		{"a folder is made in one that is there, and once", func(t *testing.T, h *h) {
			m, l := able[sdk.Mkdirer](t, h), able[sdk.Lister](t, h)
			refusedWith(t, m.Mkdir("in/deep"), sdk.FileMissing)
			refusedWith(t, m.Mkdir("../in"), sdk.FileName)
			refusedWith(t, m.Mkdir(".in"), sdk.FileName)
			for _, p := range []string{"in", "in/deep"} {
				if err := m.Mkdir(p); err != nil {
					t.Fatalf("make %s: %v", p, err)
				}
			}
			refusedWith(t, m.Mkdir("in/deep"), sdk.FileExists)
			h.put(t, "t1", "in/a", "a")
			refusedWith(t, m.Mkdir("in/a"), sdk.FileExists)
			if got, err := l.List("in"); err != nil || !slices.Equal(paths(got), []string{"in/a", "in/deep"}) || !got[1].Dir {
				t.Fatalf("the list is %+v (%v)", got, err)
			}
			h.crash()
			if got, err := h.Backend.(sdk.Lister).List("in/deep"); err != nil || len(got) != 0 {
				t.Fatalf("the list of the new folder is %+v (%v)", got, err)
			}
		}},
		{"an empty folder is removed, and no other", func(t *testing.T, h *h) {
			m, r, s := able[sdk.Mkdirer](t, h), able[sdk.Rmdirer](t, h), able[sdk.Statter](t, h)
			if err := m.Mkdir("in"); err != nil {
				t.Fatal(err)
			}
			w := h.create(t, target("t1", "in/a"))
			refusedWith(t, r.Rmdir("in"), sdk.FileOpen)
			commit(t, w, sdk.ExistsFail, "in/a")
			refusedWith(t, r.Rmdir("in"), sdk.FileOpen)
			refusedWith(t, r.Rmdir("in/a"), sdk.FileOpen)
			refusedWith(t, r.Rmdir("in/b"), sdk.FileMissing)
			refusedWith(t, r.Rmdir("in/../in"), sdk.FileName)
			if err := h.Backend.(sdk.Remover).Remove("in/a"); err != nil {
				t.Fatal(err)
			}
			if err := r.Rmdir("in"); err != nil {
				t.Fatal(err)
			}
			_, err := s.Stat("in")
			refusedWith(t, err, sdk.FileMissing)
			h.put(t, "t2", "in/a", "a") // the folder is made again
			h.crash()
			h.has(t, "in/a", "a")
		}},
		{"the parts that a crash left are listed", func(t *testing.T, h *h) {
			able[sdk.Parts](t, h)
			h.put(t, "done", "in/done", "x")
			w := h.create(t, target("t1", "in/deep/a"))
			write(t, w, 0, "0123")
			syncTo(t, w, 4)
			h.crash()
			got, err := h.Backend.(sdk.Parts).Parts()
			if err != nil || len(got) != 1 || got[0].ID != "t1" || got[0].Size != 4 || got[0].Modified.IsZero() {
				t.Fatalf("the parts are %+v (%v)", got, err)
			}
			if !slices.Contains(h.paths(), got[0].Path) {
				t.Fatalf("the part's path %q is none of %q", got[0].Path, h.paths())
			}
		}},
		{"a part is removed without opening it, and twice is no error", func(t *testing.T, h *h) {
			able[sdk.PartRemover](t, h)
			before := h.paths()
			w := h.create(t, target("t1", "in/deep/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			refusedWith(t, h.Backend.(sdk.PartRemover).RemovePart(target("t1", "in/deep/a"), state), sdk.FileBusy)
			h.crash()
			for range 2 {
				if err := h.Backend.(sdk.PartRemover).RemovePart(target("t1", "in/deep/a"), state); err != nil {
					t.Fatal(err)
				}
			}
			h.unchanged(t, before)
		}},
		{"removing the part of a committed file leaves the file", func(t *testing.T, h *h) {
			r := able[sdk.PartRemover](t, h)
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			commit(t, w, sdk.ExistsFail, "in/a")
			if err := r.RemovePart(target("t1", "in/a"), state); err != nil {
				t.Fatal(err)
			}
			h.has(t, "in/a", "0123")
		}},
	}
}

func able[T any](t *testing.T, h *h) T {
	t.Helper()
	a, ok := sdk.As[T](h.Backend)
	if !ok {
		t.Skip("the backend has not this ability")
	}
	return a
}

func paths(list []sdk.FileInfo) (p []string) {
	for _, i := range list {
		p = append(p, i.Path)
	}
	return p
}
