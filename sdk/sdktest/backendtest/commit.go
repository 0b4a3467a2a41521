package backendtest

import (
	"testing"

	"github.com/postern/postern/sdk"
)

func commitDuties() []duty {
	return []duty{
		{"it gives the file its name and leaves nothing else", func(t *testing.T, h *h) {
			for id, d := range map[string]sdk.Durability{"s": sdk.DurabilitySync, "c": sdk.DurabilityClose, "n": sdk.DurabilityNone} {
				at := target(id, "in/"+id)
				at.Durability = d
				w := h.create(t, at)
				write(t, w, 0, "of "+id)
				commit(t, w, sdk.ExistsFail, "in/"+id)
				h.has(t, "in/"+id, "of "+id)
			}
			for _, p := range h.paths() {
				if p != "in" && p != "in/" && p != "in/s" && p != "in/c" && p != "in/n" {
					t.Errorf("%s is left", p)
				}
			}
		}},
		{"with fail a name taken meanwhile refuses and both files stay", func(t *testing.T, h *h) {
			for _, rule := range []sdk.OnExists{sdk.ExistsFail, ""} {
				path := "in/a" + string(rule)
				w := h.create(t, target("late", path))
				write(t, w, 0, "late")
				state := syncTo(t, w, 4)
				h.put(t, "early"+string(rule), path, "early")
				_, err := w.Commit(rule)
				refusedWith(t, err, sdk.FileExists)
				h.has(t, path, "early")
				w = h.resume(t, target("late", path), state)
				commit(t, w, sdk.ExistsUnique, "in/a"+string(rule)+"-1")
				h.has(t, "in/a"+string(rule)+"-1", "late")
			}
		}},
		{"with replace the file is replaced, and a reader goes on with the old one", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "old")
			r, err := h.Backend.Open("in/a")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			w := h.create(t, with(target("t2", "in/a"), sdk.ExistsReplace))
			write(t, w, 0, "newer")
			commit(t, w, sdk.ExistsReplace, "in/a")
			h.has(t, "in/a", "newer")
			got := make([]byte, 3)
			if n, _ := r.ReadAt(got, 0); string(got[:n]) != "old" {
				t.Fatalf("the reader got %q, want the old file", got[:n])
			}
		}},
		{"with unique the names are counted from 1", func(t *testing.T, h *h) {
			for i, want := range []string{"in/a.txt", "in/a-1.txt", "in/a-2.txt"} {
				w := h.create(t, with(target(string(rune('a'+i)), "in/a.txt"), sdk.ExistsUnique))
				write(t, w, 0, want)
				commit(t, w, sdk.ExistsUnique, want)
				h.has(t, want, want)
			}
		}},
		{"with unique a folder of that name counts as taken", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a/b", "x")
			w := h.create(t, with(target("t2", "in/a"), sdk.ExistsUnique))
			commit(t, w, sdk.ExistsUnique, "in/a-1")
		}},
		{"with replace a folder that took the name meanwhile refuses", func(t *testing.T, h *h) {
			w := h.create(t, with(target("t1", "in/a"), sdk.ExistsReplace))
			h.put(t, "t2", "in/a/b", "x")
			if _, err := w.Commit(sdk.ExistsReplace); err == nil {
				t.Fatal("a folder was replaced")
			}
			h.has(t, "in/a/b", "x")
		}},
		{"a writer that knows what it made tells what open does", func(t *testing.T, h *h) {
			for id, rule := range map[string]sdk.OnExists{"f": sdk.ExistsFail, "r": sdk.ExistsReplace, "u": sdk.ExistsUnique} {
				h.put(t, "old-"+id, "in/"+id, "old")
				at := with(target(id, "in/"+id), rule)
				if rule == sdk.ExistsFail {
					at.Path = "in/new"
				}
				w := h.create(t, at)
				x, ok := w.(sdk.Stored)
				if !ok {
					t.Skip("its writer does not")
				}
				if info, known := x.Stored(); known {
					t.Errorf("before its end it tells %+v", info)
				}
				write(t, w, 0, "newer")
				path, err := w.Commit(rule)
				if err != nil {
					t.Fatal(err)
				}
				if info, known := x.Stored(); known && info != h.info(t, path) {
					t.Errorf("it tells %+v, open %+v", info, h.info(t, path))
				}
			}
		}},
		{"the writer is closed when it returns", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "one")
			commit(t, w, sdk.ExistsFail, "in/a")
			if err := w.WriteAt([][]byte{[]byte("XXX")}, 0); err == nil {
				t.Error("it was written after the commit")
			}
			if _, err := w.Commit(sdk.ExistsReplace); err == nil {
				t.Error("it was committed twice")
			}
			w.Close()
			w.Discard()
			h.has(t, "in/a", "one")
		}},
	}
}
