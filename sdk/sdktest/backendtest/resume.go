package backendtest

import (
	"errors"
	"testing"

	"github.com/postern/postern/sdk"
)

func (h *h) resume(t *testing.T, target sdk.Target, state []byte) sdk.Writer {
	t.Helper()
	w, err := h.Backend.Resume(target, state)
	if err != nil {
		t.Fatalf("resume %s: %v", target.Path, err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func (h *h) crash() { h.Backend = h.Restart() }

func resumeDuties() []duty {
	return []duty{
		{"a closed file goes on where it was", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			closeWriter(t, w)
			w = h.resume(t, target("t1", "in/a"), state)
			write(t, w, 4, "4567")
			commit(t, w, sdk.ExistsFail, "in/a")
			h.has(t, "in/a", "01234567")
		}},
		{"after a crash the durable bytes are there", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			write(t, w, 4, "lost?")
			h.crash()
			w = h.resume(t, target("t1", "in/a"), state)
			truncate(t, w, 4)
			write(t, w, 4, "4567")
			syncTo(t, w, 8)
			commit(t, w, sdk.ExistsFail, "in/a")
			h.has(t, "in/a", "01234567")
		}},
		{"without a state the temporary file is found all the same", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			closeWriter(t, w)
			w = h.resume(t, target("t1", "in/a"), nil)
			truncate(t, w, 0)
			write(t, w, 0, "x")
			commit(t, w, sdk.ExistsFail, "in/a")
		}},
		{"a file that never was has no part", func(t *testing.T, h *h) {
			_, err := h.Backend.Resume(target("t1", "in/a"), nil)
			isError(t, err, sdk.ErrNoPart)
			if len(h.paths()) != 0 {
				t.Fatalf("%q are there", h.paths())
			}
		}},
		{"a discarded file has no part", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			discard(t, w)
			_, err := h.Backend.Resume(target("t1", "in/a"), state)
			isError(t, err, sdk.ErrNoPart)
		}},
		{"a committed file says so, with its name", func(t *testing.T, h *h) {
			for _, rule := range []sdk.OnExists{sdk.ExistsFail, sdk.ExistsReplace, sdk.ExistsUnique} {
				path := "in/" + string(rule) + ".txt"
				want := path
				if rule != sdk.ExistsFail {
					h.put(t, "first"+string(rule), path, "first")
				}
				if rule == sdk.ExistsUnique {
					want = "in/" + string(rule) + "-1.txt"
				}
				at := with(target("t"+string(rule), path), rule)
				w := h.create(t, at)
				write(t, w, 0, "0123")
				state := syncTo(t, w, 4)
				commit(t, w, rule, want)
				h.crash()
				_, err := h.Backend.Resume(at, state)
				isError(t, err, sdk.ErrCommitted)
				var named *sdk.CommittedError
				if !errors.As(err, &named) || named.Path != want {
					t.Fatalf("the error is %v, want it to name %s", err, want)
				}
				h.has(t, want, "0123")
			}
		}},
		{"another file under the target's name is not the committed one", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			discard(t, w)
			h.put(t, "t2", "in/a", "0123")
			_, err := h.Backend.Resume(target("t1", "in/a"), state)
			isError(t, err, sdk.ErrNoPart)
			if errors.Is(err, sdk.ErrCommitted) {
				t.Fatal("it is said to be committed")
			}
		}},
		{"a resumed file that is discarded leaves nothing", func(t *testing.T, h *h) {
			before := h.paths()
			w := h.create(t, target("t1", "in/new/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			h.crash()
			discard(t, h.resume(t, target("t1", "in/new/a"), state))
			h.unchanged(t, before)
		}},
		{"a file that is being written cannot be resumed beside it", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			_, err := h.Backend.Resume(target("t1", "in/a"), state)
			refusedWith(t, err, sdk.FileBusy)
			commit(t, w, sdk.ExistsFail, "in/a")
		}},
		{"a state that is not ours is refused", func(t *testing.T, h *h) {
			closeWriter(t, h.create(t, target("t1", "in/a")))
			_, err := h.Backend.Resume(target("t1", "in/a"), []byte("\x00not a state"))
			refusedWith(t, err, sdk.FileOpen)
		}},
		{"a path that may not be is refused", func(t *testing.T, h *h) {
			for _, p := range badPaths() {
				_, err := h.Backend.Resume(target("t1", p), nil)
				refusedWith(t, err, sdk.FileName)
			}
		}},
	}
}
