package backendtest

import (
	"bytes"
	"io"
	"testing"

	"github.com/postern/postern/sdk"
)

func writeDuties() []duty {
	return []duty{
		{"the slices stand one after the other from the offset on", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			write(t, w, 0, "one ", "", "two ", "three")
			commit(t, w, sdk.ExistsFail, "a")
			h.has(t, "a", "one two three")
		}},
		{"a write may begin anywhere, and what was left out is zeros", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			if !sdk.Can(w, sdk.AbilityRandomWrite) {
				write(t, w, 0, "0123")
				for _, off := range []int64{0, 2, 6} {
					if err := w.WriteAt([][]byte{[]byte("x")}, off); err == nil {
						t.Fatalf("a writer of a stream of 4 bytes took one at %d", off)
					}
				}
				discard(t, w)
				t.Skip("it writes from the beginning to the end")
			}
			write(t, w, 0, "one two three")
			write(t, w, 4, "TWO")
			write(t, w, 15, "x")
			commit(t, w, sdk.ExistsFail, "a")
			h.has(t, "a", "one TWO three\x00\x00x")
		}},
		{"nothing to write is no error and no byte", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			if err := w.WriteAt(nil, 0); err != nil {
				t.Fatalf("write nothing: %v", err)
			}
			write(t, w, 0, "", "")
			commit(t, w, sdk.ExistsFail, "a")
			h.has(t, "a", "")
		}},
		{"a negative offset is an error", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			if err := w.WriteAt([][]byte{[]byte("x")}, -1); err == nil {
				t.Fatal("it was written")
			}
			discard(t, w)
		}},
		{"the slices are the caller's again when it returns", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			buf := []byte("first")
			if err := w.WriteAt([][]byte{buf}, 0); err != nil {
				t.Fatal(err)
			}
			copy(buf, "XXXXX")
			commit(t, w, sdk.ExistsFail, "a")
			h.has(t, "a", "first")
		}},
		{"more slices than one system call takes are all written", func(t *testing.T, h *h) {
			want := pattern(3*1024*7 + 5)
			var bufs [][]byte
			for rest := want; len(rest) > 0; rest = rest[min(7, len(rest)):] {
				bufs = append(bufs, rest[:min(7, len(rest))], nil)
			}
			w := h.create(t, target("t1", "a"))
			if err := w.WriteAt(bufs, 0); err != nil {
				t.Fatal(err)
			}
			commit(t, w, sdk.ExistsFail, "a")
			if got := h.content(t, "a"); !bytes.Equal([]byte(got), want) {
				t.Fatalf("%d bytes came back and differ from the %d written", len(got), len(want))
			}
		}},
		{"what was announced need not come and more may come", func(t *testing.T, h *h) {
			for id, n := range map[string]int{"less": 3, "more": 30} {
				at := target(id, id)
				at.Size = 10
				w := h.create(t, at)
				write(t, w, 0, string(pattern(n)))
				commit(t, w, sdk.ExistsFail, id)
				h.has(t, id, string(pattern(n)))
			}
		}},
		{"a cut drops what lies beyond it", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			write(t, w, 0, "0123456789")
			truncate(t, w, 4)
			syncTo(t, w, 4)
			write(t, w, 4, "x")
			commit(t, w, sdk.ExistsFail, "a")
			h.has(t, "a", "0123x")
		}},
		{"a cut never makes the file longer", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			write(t, w, 0, "0123")
			for _, off := range []int64{5, 1 << 40, -1} {
				if err := w.Truncate(off); err == nil {
					t.Fatalf("a file of 4 bytes was cut at %d", off)
				}
			}
			truncate(t, w, 4)
			commit(t, w, sdk.ExistsFail, "a")
			h.has(t, "a", "0123")
		}},
		{"a closed writer takes nothing more", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			closeWriter(t, w)
			if err := w.WriteAt([][]byte{[]byte("x")}, 0); err == nil {
				t.Fatal("it was written")
			}
			if _, _, err := w.Sync(); err == nil {
				t.Fatal("it was synced")
			}
			if _, err := w.Commit(sdk.ExistsFail); err == nil {
				t.Fatal("it was committed")
			}
		}},
		{"a writer that can read reads back what was written", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "a"))
			r, ok := sdk.As[sdk.PartReader](w)
			if !ok {
				t.Skip("it cannot read")
			}
			write(t, w, 0, "0123456789")
			got := make([]byte, 4)
			if n, err := r.ReadAt(got, 3); n != 4 || err != nil || string(got) != "3456" {
				t.Fatalf("4 bytes from 3 on are %q (%v)", got[:n], err)
			}
			if n, err := r.ReadAt(got, 8); n != 2 || err != io.EOF {
				t.Fatalf("4 bytes from 8 on are %q (%v), want 2 and EOF", got[:n], err)
			}
			discard(t, w)
		}},
	}
}

func truncate(t *testing.T, w sdk.Writer, off int64) {
	t.Helper()
	if err := w.Truncate(off); err != nil {
		t.Fatalf("cut at %d: %v", off, err)
	}
}

func closeWriter(t *testing.T, w sdk.Writer) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}
