package requester

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

func folder(t *testing.T) *Contexts {
	t.Helper()
	s, err := OpenContexts(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func example(id string) Context {
	return Context{Version: contextVersion, ID: id, Direction: sdk.Send, Request: sdk.Request{Number: 7}}
}

func saved(t *testing.T, s *Contexts, id string, at time.Time) *Held {
	t.Helper()
	h, err := s.hold(example(id))
	if err == nil {
		err = h.Update(func(c *Context) { c.UpdatedAt = at })
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTheFolderAndItsFilesAreForTheirOwnerAlone(t *testing.T) {
	s := folder(t)
	h := saved(t, s, "a", time.Unix(1, 0))
	defer h.Close()
	for path, want := range map[string]os.FileMode{s.dir: 0o700, s.path("a", contextEnd): 0o600, s.path("a", lockEnd): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v: %v", path, info.Mode(), err)
		}
	}
}

func TestASaveIsSyncedBeforeAndAfterTheRename(t *testing.T) {
	s := folder(t)
	var synced []string
	s.sync = func(f *os.File) error {
		there := "without a context"
		if _, err := os.Stat(s.path("a", contextEnd)); err == nil {
			there = "with a context"
		}
		synced = append(synced, filepath.Base(f.Name())+" "+there)
		return f.Sync()
	}
	saved(t, s, "a", time.Unix(1, 0)).Close()
	if got := strings.Join(synced, ", "); got != "a.new without a context, state with a context" {
		t.Errorf("synced were %s", got)
	}
}

func TestASaveThatFailsLeavesTheOneBefore(t *testing.T) {
	s := folder(t)
	h := saved(t, s, "a", time.Unix(1, 0))
	defer h.Close()
	s.sync = func(*os.File) error { return errors.New("the disk is gone") }
	if err := h.Update(func(c *Context) { c.Last.Number = 9 }); err == nil {
		t.Fatal("the save did not fail")
	}
	c, err := s.Get("a")
	if err != nil || c.Last.Number != 0 {
		t.Errorf("the context is %+v: %v", c, err)
	}
}

func TestWhatACrashLeavesHalfWrittenIsNoContext(t *testing.T) {
	s := folder(t)
	saved(t, s, "a", time.Unix(1, 0)).Close()
	if err := os.WriteFile(s.path("a", newEnd), []byte(`{"version":1,"id":"a","la`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("b", newEnd), []byte(`{`), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := s.List()
	if err != nil || len(all) != 1 || all[0].ID != "a" {
		t.Errorf("the contexts are %+v: %v", all, err)
	}
	h, err := s.Take("a")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.Update(func(c *Context) { c.Last.Number = 3 }); err != nil {
		t.Error(err)
	}
	if c, err := s.Get("a"); err != nil || c.Last.Number != 3 {
		t.Errorf("the context is %+v: %v", c, err)
	}
}

func TestADamagedContextIsNamedAndNotGuessedAt(t *testing.T) {
	s := folder(t)
	for id, text := range map[string]string{
		"torn":     `{"version":1,"id":"to`,
		"newer":    `{"version":2,"id":"newer","direction":"send"}`,
		"renamed":  `{"version":1,"id":"another","direction":"send"}`,
		"nowhere":  `{"version":1,"id":"nowhere"}`,
		"negative": `{"version":1,"id":"negative","direction":"send","last":{"number":-1}}`,
		"ahead":    `{"version":1,"id":"ahead","direction":"send","ahead":[{"number":0}]}`,
	} {
		if err := os.WriteFile(s.path(id, contextEnd), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(id); err == nil || errors.Is(err, ErrNoContext) || !strings.Contains(err.Error(), s.path(id, contextEnd)) {
			t.Errorf("%s: %v", id, err)
		}
		if err := os.Remove(s.path(id, contextEnd)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnIdIsNeverAPath(t *testing.T) {
	s := folder(t)
	outside := filepath.Join(filepath.Dir(s.dir), "x.json")
	b, err := json.Marshal(example("../x"))
	if err == nil {
		err = os.WriteFile(outside, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Take("../x"); !errors.Is(err, ErrNoContext) {
		t.Errorf("the error is %v", err)
	}
}

func TestTwoCannotUseOneContext(t *testing.T) {
	s := folder(t)
	h := saved(t, s, "a", time.Unix(1, 0))
	if _, err := s.Take("a"); !errors.Is(err, ErrBusy) {
		t.Errorf("while it is held: %v", err)
	}
	if err := errors.Join(h.Close(), h.Close()); err != nil {
		t.Error(err)
	}
	again, err := s.Take("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(again.Remove(), again.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Take("a"); !errors.Is(err, ErrNoContext) {
		t.Errorf("after it was removed: %v", err)
	}
	left, err := os.ReadDir(s.dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left are %v: %v", left, err)
	}
}

func TestALateSaveDoesNotBringARemovedContextBack(t *testing.T) {
	s := folder(t)
	h := saved(t, s, "a", time.Unix(1, 0))
	if err := errors.Join(h.Remove(), h.Update(func(c *Context) { c.Last.Number = 2 }), h.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Get("a"); !errors.Is(err, ErrNoContext) {
		t.Errorf("the error is %v", err)
	}
}

func TestTheLastContextIsTheOneSavedLast(t *testing.T) {
	s := folder(t)
	for id, at := range map[string]int64{"a": 30, "b": 10, "c": 20} {
		saved(t, s, id, time.Unix(at, 0)).Close()
	}
	every := func(Context) bool { return true }
	if id, err := s.Last(every); err != nil || id != "a" {
		t.Errorf("it is %q: %v", id, err)
	}
	if id, err := s.Last(func(c Context) bool { return c.ID != "a" }); err != nil || id != "c" {
		t.Errorf("it is %q: %v", id, err)
	}
	if _, err := s.Last(func(Context) bool { return false }); !errors.Is(err, ErrNoContext) {
		t.Errorf("the error is %v", err)
	}
}
