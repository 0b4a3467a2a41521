package backendtest

import (
	"testing"

	"github.com/postern/postern/sdk"
)

func quarantineDuties() []duty {
	return []duty{
		{"a quarantined file has its new name and nothing else is left", func(t *testing.T, h *h) {
			w := h.quarantiner(t, "t1", "in/a", "bad")
			if err := w.Quarantine("bad/new/a"); err != nil {
				t.Fatal(err)
			}
			h.has(t, "bad/new/a", "bad")
			_, err := h.Backend.Open("in/a")
			refusedWith(t, err, sdk.FileMissing)
			h.Backend = h.Restart()
			h.has(t, "bad/new/a", "bad")
		}},
		{"a quarantine takes no name that is taken and lets nothing escape; the temporary file stays", func(t *testing.T, h *h) {
			h.put(t, "t0", "bad/a", "other")
			for name, code := range map[string]sdk.Code{"bad/a": sdk.FileExists, "../a": sdk.FileName, "bad/.a": sdk.FileName,
				"/a": sdk.FileName, "": sdk.FileName} {
				w := h.quarantiner(t, "t1", "in/a", "bad")
				refusedWith(t, w.Quarantine(name), code)
				again, err := h.Backend.Resume(target("t1", "in/a"), nil)
				if err != nil {
					t.Fatalf("after the quarantine to %q failed: %v", name, err)
				}
				if err := again.Discard(); err != nil {
					t.Fatal(err)
				}
			}
			h.has(t, "bad/a", "other")
		}},
	}
}

// quarantiner begins a file and gives its writer, which must have the ability.
func (h *h) quarantiner(t *testing.T, id, path, content string) sdk.Quarantiner {
	t.Helper()
	w := h.create(t, target(id, path))
	write(t, w, 0, content)
	q, ok := sdk.As[sdk.Quarantiner](w)
	if !ok {
		_ = w.Discard()
		t.Skip("the backend does not offer it")
	}
	return q
}
