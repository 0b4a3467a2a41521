package inspect_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/sdk"
)

// house is a data folder after its server has stopped.
type house struct {
	*testing.T
	dir     string
	catalog *sqlite.Catalog
	files   *local.Backend
	now     time.Time
}

var ctx = context.Background()

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, dir: t.TempDir(), now: time.Now()}
	var err error
	h.catalog, err = sqlite.Open(filepath.Join(h.dir, inspect.DatabaseName), sqlite.Options{})
	h.must(err)
	h.files, err = local.New(local.Settings{Root: filepath.Join(h.dir, "files")})
	h.must(err)
	t.Cleanup(func() { h.must(errors.Join(h.catalog.Close(), h.files.Close())) })
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// receive makes an interrupted receive with its part.
func (h *house) receive(path, content string) (catalog.Entry, catalog.Lease) {
	h.Helper()
	id, err := catalog.NewID(h.now, rand.Reader)
	h.must(err)
	w, err := h.files.Create(sdk.Target{ID: id, Path: path, OnExists: sdk.ExistsReplace, Durability: sdk.DurabilitySync, Size: -1})
	h.must(err)
	h.must(w.WriteAt([][]byte{[]byte(content)}, 0))
	_, state, err := w.Sync()
	h.must(err)
	h.must(w.Close())
	e, err := h.catalog.Create(ctx, catalog.Entry{ID: id, Direction: catalog.Receive, Partner: "PARIS", Flow: "ORDERS", File: "orders", Path: path, Backend: "files"})
	h.must(err)
	h.must(h.catalog.Begin(ctx, e.Lease()))
	h.must(h.catalog.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1, FileOffset: int64(len(content)), Backend: state}}))
	e, err = h.catalog.Get(ctx, id)
	h.must(err)
	return e, e.Lease()
}

func (h *house) interrupted(path, content string) catalog.Entry {
	h.Helper()
	_, lease := h.receive(path, content)
	e, err := h.catalog.Interrupt(ctx, lease, catalog.Interruption{Code: sdk.NetworkCut})
	h.must(err)
	return e
}

func (h *house) finished(path, content string) catalog.Entry {
	h.Helper()
	e, lease := h.receive(path, content)
	w, err := h.files.Resume(sdk.Target{ID: e.ID, Path: path, OnExists: sdk.ExistsReplace}, e.Point.Backend)
	h.must(err)
	_, err = w.Commit(sdk.ExistsReplace)
	h.must(err)
	sum := sha256.Sum256([]byte(content))
	e, err = h.catalog.End(ctx, lease, catalog.Outcome{Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])})
	h.must(err)
	return e
}

func (h *house) offered(path string) catalog.Entry {
	h.Helper()
	id, err := catalog.NewID(h.now, rand.Reader)
	h.must(err)
	e, err := h.catalog.Offer(ctx, catalog.Entry{ID: id, Direction: catalog.Send, Partner: "PARIS", Flow: "STATEMENTS", Path: path, Backend: "files"})
	h.must(err)
	return e
}

func (h *house) file(path string) string {
	return filepath.Join(h.dir, "files", filepath.FromSlash(path))
}

// part finds the temporary file of an entry.
func (h *house) part(e catalog.Entry) string {
	h.Helper()
	parts, err := h.files.Parts()
	h.must(err)
	for _, p := range parts {
		if p.ID == e.ID {
			return h.file(p.Path)
		}
	}
	h.Fatalf("entry %s has no part", e.ID)
	return ""
}

// run inspects and gives the findings.
func (h *house) run(change ...func(*inspect.Options)) ([]inspect.Finding, inspect.Summary) {
	h.Helper()
	o := inspect.Options{Catalog: h.catalog, Backends: map[string]sdk.Backend{"files": h.files}, Now: func() time.Time { return h.now }}
	for _, c := range change {
		c(&o)
	}
	var found []inspect.Finding
	sum, err := inspect.Run(ctx, o, func(f inspect.Finding) error { found = append(found, f); return nil })
	h.must(err)
	if sum.Findings != len(found) {
		h.Errorf("the summary counts %d findings, %d were reported", sum.Findings, len(found))
	}
	return found, sum
}

func repair(o *inspect.Options) { o.Repair = true }

// want wants exactly one finding.
func (h *house) want(kind, id, words string, change ...func(*inspect.Options)) inspect.Finding {
	h.Helper()
	found, _ := h.run(change...)
	if len(found) != 1 || found[0].Kind != kind || found[0].ID != id || !strings.Contains(found[0].What, words) {
		h.Fatalf("found %+v\nwant one %s of %q that says %q", found, kind, id, words)
	}
	return found[0]
}

func (h *house) clean(change ...func(*inspect.Options)) {
	h.Helper()
	if found, _ := h.run(change...); len(found) != 0 {
		h.Errorf("found %+v, want nothing", found)
	}
}

func TestACatalogThatAgreesWithItsFilesHasNoFinding(t *testing.T) {
	h := newHouse(t)
	h.interrupted("in/a", "half")
	h.finished("in/b", "whole")
	h.offered("in/b")
	h.receive("in/c", "was running when the server stopped")
	h.clean(func(o *inspect.Options) { o.Digest = true })
	if _, sum := h.run(); sum.Entries != 4 || sum.Parts != 2 {
		t.Errorf("looked at %+v, want 4 entries and 2 parts", sum)
	}
}

// begins wants an entry that is interrupted as it was, and whose restart begins at byte 0.
func (h *house) begins(e catalog.Entry) {
	h.Helper()
	got, err := h.catalog.Get(ctx, e.ID)
	h.must(err)
	if got.Status() != catalog.Interrupted || got.Code != e.Code || got.Point.Number != 0 || got.Point.FileOffset != 0 || !got.Restartable() {
		h.Errorf("the entry is %s with code %q at point %d, byte %d; want it interrupted by %q at 0", got.Status(), got.Code,
			got.Point.Number, got.Point.FileOffset, e.Code)
	}
}

func TestAPartThatIsGoneIsFoundAndItsRestartBeginsAnew(t *testing.T) {
	h := newHouse(t)
	e := h.interrupted("in/a", "half")
	h.must(os.Remove(h.part(e)))
	h.want(inspect.PartMissing, e.ID, "4 bytes at sync point 1")
	if got, _ := h.catalog.Get(ctx, e.ID); got.Point.Number != 1 {
		t.Fatal("without --repair the entry has lost its point")
	}
	if f := h.want(inspect.PartMissing, e.ID, "gone", repair); f.Repaired == "" {
		t.Error("the finding was not repaired")
	}
	h.begins(e)
	h.clean()
}

func TestAPartThatLostDurableBytesIsFoundAndItsRestartBeginsAnew(t *testing.T) {
	h := newHouse(t)
	e := h.interrupted("in/a", "half")
	h.must(os.Truncate(h.part(e), 3))
	h.want(inspect.PartShort, e.ID, "has 3 bytes, 4 were durable at sync point 1")
	h.want(inspect.PartShort, e.ID, "has 3 bytes", repair)
	h.begins(e)
	h.clean()
}

func TestAKeptEntryWhosePartIsGoneIsLeftToTheOperator(t *testing.T) {
	h := newHouse(t)
	e := h.interrupted("in/a", "half")
	h.must(os.Remove(h.part(e)))
	_, err := h.catalog.Keep(ctx, e.ID, "test")
	h.must(err)
	if f := h.want(inspect.PartMissing, e.ID, "release it first, or delete it", repair); f.Repaired != "" {
		t.Errorf("a kept entry was repaired: %s", f.Repaired)
	}
	if got, _ := h.catalog.Get(ctx, e.ID); got.Status() != catalog.Kept {
		t.Errorf("the entry became %s", got.Status())
	}
}

func TestAReceivedFileThatIsGoneOrChangedIsFound(t *testing.T) {
	h := newHouse(t)
	e := h.finished("in/a", "whole")
	h.must(os.WriteFile(h.file("in/a"), []byte("WHOLE"), 0o600))
	h.clean()
	h.want(inspect.FileDigest, e.ID, e.SHA256, func(o *inspect.Options) { o.Digest = true })
	h.must(os.WriteFile(h.file("in/a"), []byte("longer than it was"), 0o600))
	h.want(inspect.FileSize, e.ID, "has 18 bytes, 5 were received")
	h.must(os.Remove(h.file("in/a")))
	h.want(inspect.FileMissing, e.ID, "gone")
	h.want(inspect.FileMissing, e.ID, "gone", repair)
	h.clean(func(o *inspect.Options) { o.GoneOK = true })
}

func TestAFileThatALaterTransferReplacedIsNotMissed(t *testing.T) {
	h := newHouse(t)
	h.finished("in/a", "first")
	h.finished("in/a", "second, and longer")
	h.clean(func(o *inspect.Options) { o.Digest = true })
}

func TestAnOfferedFileThatIsGoneIsFound(t *testing.T) {
	h := newHouse(t)
	e := h.offered("out/none")
	h.want(inspect.FileMissing, e.ID, "the offered file is gone")
}

func TestABackendThatTheConfigurationLostIsFound(t *testing.T) {
	h := newHouse(t)
	e := h.interrupted("in/a", "half")
	none := func(o *inspect.Options) { o.Backends = nil }
	h.want(inspect.BackendUnknown, e.ID, `no backend "files"`, none)
	h.clean(none, func(o *inspect.Options) { o.Passing = []string{"files"} })
}

func TestAnOrphanedPartIsRemovedOnceItIsOld(t *testing.T) {
	h := newHouse(t)
	e := h.interrupted("in/deep/a", "half")
	part := h.part(e)
	_, err := h.catalog.Delete(ctx, e.ID, "test")
	h.must(err)
	h.want(inspect.PartOrphan, "", "4 bytes belongs to no unfinished transfer")
	h.want(inspect.PartOrphan, "", "younger than a day", repair)
	if _, err := os.Stat(part); err != nil {
		t.Fatalf("a young part was removed: %v", err)
	}
	h.now = h.now.Add(25 * time.Hour)
	if f := h.want(inspect.PartOrphan, "", "belongs to no", repair); f.Repaired != "removed" {
		t.Errorf("an old part was not removed: %+v", f)
	}
	if _, err := os.Stat(part); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the part is still there: %v", err)
	}
	h.clean()
}
