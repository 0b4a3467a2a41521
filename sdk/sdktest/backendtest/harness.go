package backendtest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/postern/postern/sdk"
)

// Harness is one empty backend and what the suite needs to look behind it.
type Harness struct {
	Backend sdk.Backend
	// Restart returns a new backend on the same storage, as after a crash: the old one is not closed first, and its
	// writers are lost. It may be called more than once.
	Restart func() sdk.Backend
	// Paths lists everything that is stored, sorted or not: files, hidden and temporary ones, and folders if the
	// storage has them.
	Paths func() []string
	// FailSync makes the next Sync fail. nil: the backend cannot be made to.
	FailSync func()
}

// Run holds a backend to its duties. open makes a harness with an empty backend for one subtest.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	groups := []struct {
		name   string
		duties []duty
	}{
		{"Create", createDuties()}, {"WriteAt", writeDuties()}, {"Sync", syncDuties()}, {"Commit", commitDuties()},
		{"Resume", resumeDuties()}, {"Open", readDuties()}, {"Abilities", abilityDuties()},
		{"Quarantine", quarantineDuties()}, {"Concurrency", concurrencyDuties()},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, d := range g.duties {
				t.Run(d.sentence, func(t *testing.T) { d.hold(t, &h{Harness: open(t)}) })
			}
		})
	}
}

type duty struct {
	sentence string
	hold     func(t *testing.T, h *h)
}

// h is a harness with verbs.
type h struct{ Harness }

// target is a plain one: rule fail, durability sync, size unknown.
func target(id, path string) sdk.Target {
	return sdk.Target{ID: id, Path: path, OnExists: sdk.ExistsFail, Durability: sdk.DurabilitySync, Size: -1}
}

func with(t sdk.Target, rule sdk.OnExists) sdk.Target {
	t.OnExists = rule
	return t
}

func (h *h) create(t *testing.T, target sdk.Target) sdk.Writer {
	t.Helper()
	w, err := h.Backend.Create(target)
	if err != nil {
		t.Fatalf("create %s: %v", target.Path, err)
	}
	t.Cleanup(func() { _ = w.Close() }) // a writer that was lost in a crash too: a backend may count them
	return w
}

func write(t *testing.T, w sdk.Writer, off int64, parts ...string) {
	t.Helper()
	var bufs [][]byte
	for _, p := range parts {
		bufs = append(bufs, []byte(p))
	}
	if err := w.WriteAt(bufs, off); err != nil {
		t.Fatalf("write at %d: %v", off, err)
	}
}

func syncTo(t *testing.T, w sdk.Writer, want int64) []byte {
	t.Helper()
	durable, state, err := w.Sync()
	if err != nil {
		t.Fatalf("sync: %v", err)
	}
	if durable != want {
		t.Fatalf("sync says that %d bytes are durable, want %d", durable, want)
	}
	return state
}

func commit(t *testing.T, w sdk.Writer, rule sdk.OnExists, want string) {
	t.Helper()
	got, err := w.Commit(rule)
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	if got != want {
		t.Fatalf("commit gave the name %q, want %q", got, want)
	}
}

// put stores a file the way a transfer does.
func (h *h) put(t *testing.T, id, path, content string) {
	t.Helper()
	w := h.create(t, target(id, path))
	write(t, w, 0, content)
	commit(t, w, sdk.ExistsFail, path)
}

func (h *h) content(t *testing.T, path string) string {
	t.Helper()
	r, err := h.Backend.Open(path)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return string(b)
}

func (h *h) has(t *testing.T, path, want string) {
	t.Helper()
	if got := h.content(t, path); got != want {
		t.Fatalf("%s holds %.80q, want %.80q", path, got, want)
	}
}

func (h *h) paths() []string {
	p := h.Paths()
	slices.Sort(p)
	return p
}

func (h *h) unchanged(t *testing.T, before []string) {
	t.Helper()
	if after := h.paths(); !slices.Equal(before, after) {
		t.Fatalf("there were %q, now there are %q", before, after)
	}
}

func refusedWith(t *testing.T, err error, codes ...sdk.Code) {
	t.Helper()
	if err == nil {
		t.Fatalf("it was not refused, want %v", codes)
	}
	if !slices.Contains(codes, sdk.CodeOf(err)) {
		t.Fatalf("the refusal is %q (%v), want %v", sdk.CodeOf(err), err, codes)
	}
}

func isError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("the error is %v, want %v", err, want)
	}
}

// pattern is content in which every place differs from its neighbours.
func pattern(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		b.WriteByte(byte(i))
		b.WriteByte(byte(i >> 8))
		b.WriteByte(byte(i >> 16))
	}
	return b.Bytes()[:n]
}
