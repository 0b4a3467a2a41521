package backendtest

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postern/postern/sdk"
)

func syncDuties() []duty {
	return []duty{
		{"what was written before is durable after", func(t *testing.T, h *h) {
			w := h.create(t, target("t1", "in/a"))
			syncTo(t, w, 0)
			write(t, w, 0, "0123")
			syncTo(t, w, 4)
			write(t, w, 4, "4567")
			syncTo(t, w, 8)
			truncate(t, w, 2)
			syncTo(t, w, 2)
			discard(t, w)
		}},
		{"it covers the writes that returned and never one that has not begun", func(t *testing.T, h *h) {
			syncBesideWrites(t, h)
		}},
		{"after a failed one the writer is broken for good", func(t *testing.T, h *h) {
			if h.FailSync == nil {
				t.Skip("a sync cannot be made to fail here")
			}
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			h.FailSync()
			_, _, err := w.Sync()
			refusedWith(t, err, sdk.DataIO)
			_, _, err = w.Sync()
			refusedWith(t, err, sdk.DataIO)
			refusedWith(t, w.WriteAt([][]byte{[]byte("x")}, 4), sdk.DataIO)
			refusedWith(t, w.Truncate(0), sdk.DataIO)
			_, err = w.Commit(sdk.ExistsFail)
			refusedWith(t, err, sdk.DataIO)
			_, err = h.Backend.Open("in/a")
			refusedWith(t, err, sdk.FileMissing)
		}},
		{"after a failed one the file may be resumed at the point before", func(t *testing.T, h *h) {
			if h.FailSync == nil {
				t.Skip("a sync cannot be made to fail here")
			}
			w := h.create(t, target("t1", "in/a"))
			write(t, w, 0, "0123")
			state := syncTo(t, w, 4)
			write(t, w, 4, "lost")
			h.FailSync()
			_, _, err := w.Sync()
			refusedWith(t, err, sdk.DataIO)
			closeWriter(t, w)
			w = h.resume(t, target("t1", "in/a"), state)
			truncate(t, w, 4)
			write(t, w, 4, "good")
			syncTo(t, w, 8)
			commit(t, w, sdk.ExistsFail, "in/a")
			h.has(t, "in/a", "0123good")
		}},
		{"after a failed one a discard leaves nothing", func(t *testing.T, h *h) {
			if h.FailSync == nil {
				t.Skip("a sync cannot be made to fail here")
			}
			before := h.paths()
			w := h.create(t, target("t1", "in/a"))
			h.FailSync()
			_, _, err := w.Sync()
			refusedWith(t, err, sdk.DataIO)
			discard(t, w)
			h.unchanged(t, before)
		}},
	}
}

// syncBesideWrites writes in one goroutine and syncs in another, and compares what each sync says with the writes that
// had returned when it was called and those that had begun when it returned.
func syncBesideWrites(t *testing.T, h *h) {
	const blocks, size = 200, 512
	block := pattern(size)
	w := h.create(t, target("t1", "in/a"))
	var begun, returned atomic.Int64
	var writer sync.WaitGroup
	var failed error
	writer.Go(func() {
		for i := range int64(blocks) {
			begun.Store((i + 1) * size)
			if failed = w.WriteAt([][]byte{block[:100], block[100:]}, i*size); failed != nil {
				return
			}
			returned.Store((i + 1) * size)
		}
	})
	for last := int64(-1); last < blocks*size; {
		least := returned.Load()
		durable, _, err := w.Sync()
		most := begun.Load()
		if err != nil {
			t.Errorf("sync: %v", err)
			break
		}
		if durable < least || durable > most || durable < last || durable%size != 0 {
			t.Errorf("sync says %d (before: %d); %d bytes had returned and %d had begun", durable, last, least, most)
			break
		}
		last = durable
	}
	writer.Wait()
	if failed != nil {
		t.Fatalf("write: %v", failed)
	}
	commit(t, w, sdk.ExistsFail, "in/a")
}
