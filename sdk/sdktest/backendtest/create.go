package backendtest

import (
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

func createDuties() []duty {
	return []duty{
		{"a file that was created cannot be opened before it is committed", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "x")
			_, err := h.Backend.Open("in/a")
			refusedWith(t, err, sdk.FileMissing)
			discard(t, w)
		}},
		{"an existing target is refused with file exists and nothing is left", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "one")
			before := h.paths()
			_, err := h.Backend.Create(target("t2", "in/a"))
			refusedWith(t, err, sdk.FileExists)
			h.unchanged(t, before)
			h.has(t, "in/a", "one")
		}},
		{"without a rule an existing target is refused", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "one")
			_, err := h.Backend.Create(with(target("t2", "in/a"), ""))
			refusedWith(t, err, sdk.FileExists)
		}},
		{"an existing target may be replaced or have a sibling", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "one")
			for _, rule := range []sdk.OnExists{sdk.ExistsReplace, sdk.ExistsUnique} {
				discard(t, h.create(t, with(target("t2", "in/a"), rule)))
			}
			h.has(t, "in/a", "one")
		}},
		{"a path that may not be is refused with file name and nothing is left", func(t *testing.T, h *h) {
			before := h.paths()
			for _, p := range badPaths() {
				_, err := h.Backend.Create(target("t1", p))
				refusedWith(t, err, sdk.FileName)
			}
			h.unchanged(t, before)
		}},
		{"an id that is not safe in a path is refused and nothing is left", func(t *testing.T, h *h) {
			before := h.paths()
			for _, id := range []string{"", "a/b", "../x", ".", "a\x00b", "a b", strings.Repeat("a", 300)} {
				_, err := h.Backend.Create(target(id, "in/a"))
				refusedWith(t, err, sdk.FileName)
			}
			h.unchanged(t, before)
		}},
		{"a rule that is none is refused and nothing is left", func(t *testing.T, h *h) {
			before := h.paths()
			_, err := h.Backend.Create(with(target("t1", "in/a"), "overwrite"))
			refusedWith(t, err, sdk.FileOpen)
			h.unchanged(t, before)
		}},
		{"a file where a folder should be is refused and nothing is left", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "one")
			before := h.paths()
			_, err := h.Backend.Create(target("t2", "in/a/b/c"))
			refusedWith(t, err, sdk.FileOpen)
			h.unchanged(t, before)
		}},
		{"a folder as the target is refused and nothing is left", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a/b", "one")
			before := h.paths()
			_, err := h.Backend.Create(target("t2", "in/a"))
			refusedWith(t, err, sdk.FileExists)
			_, err = h.Backend.Create(with(target("t2", "in/a"), sdk.ExistsReplace))
			refusedWith(t, err, sdk.FileOpen)
			h.unchanged(t, before)
		}},
		{"the same transfer twice is refused and the first goes on", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "one")
			before := h.paths()
			_, err := h.Backend.Create(target("t1", "in/a"))
			refusedWith(t, err, sdk.FileOpen)
			h.unchanged(t, before)
			commit(t, w, sdk.ExistsFail, "in/a")
			h.has(t, "in/a", "one")
		}},
		{"a discarded file leaves nothing", func(t *testing.T, h *h) {
			before := h.paths()
			discard(t, h.create(t, target("t1", "in/deep/er/a")))
			w := h.create(t, target("t2", "in/deep/er/b"))
			write(t, w, 0, "some")
			syncTo(t, w, 4)
			write(t, w, 4, "more")
			discard(t, w)
			h.unchanged(t, before)
			h.put(t, "t2", "in/deep/er/b", "again")
		}},
		{"a discard leaves the neighbours alone", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/x/a"))
			h.put(t, "t2", "in/x/b", "stays")
			discard(t, w)
			h.has(t, "in/x/b", "stays")
		}},
	}
}

func discard(t *testing.T, w sdk.Writer) {
	t.Helper()
	if err := w.Discard(); err != nil {
		t.Fatalf("discard: %v", err)
	}
}

// badPaths are those that no backend may take; a backend's own suite has more.
func badPaths() []string {
	return []string{"", "/", ".", "..", "/in/a", "in/", "in//a", "in/./a", "in/../a", "../a", "in/a/..", "in/.a", ".in/a",
		"in/.postern-t1.part", `in\a`, `..\a`, "in/a\x00", "in/a\n", "in/\x7f", "in/\u0085", "in/\xc0\xae\xc0\xae/a", "in/\xff",
		" ", "in/ ", "in/\t/a", "in/\u202ea", strings.Repeat("x", 256), strings.Repeat("ab/", 1400) + "c"}
}
