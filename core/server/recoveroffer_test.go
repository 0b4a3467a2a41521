package server_test

import (
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/server"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

func TestAnOfferThatACrashCutIsMadeOrTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		crash   func(s *site, w sdk.Writer) error
		entries int
		files   []string // that stay
		noted   bool     // and so does the note
	}{
		"before the copy has its name": {crash: func(_ *site, w sdk.Writer) error { return w.Close() }},
		"after":                        {crash: commit, entries: 1, files: []string{"out/f"}},
		"its temporary file is lost":   {crash: func(_ *site, w sdk.Writer) error { return w.Discard() }},
		"its backend is not there any more": {crash: func(s *site, w sdk.Writer) error {
			snap := s.snapshot()
			delete(snap.Backends, "files")
			s.house.Snapshot = func() *session.Snapshot { return snap }
			return commit(s, w)
		}, files: []string{"out/f"}, noted: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			if err := c.crash(s, s.preparing()); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time changes nothing
				if settled, err := server.Recover(t.Context(), s.house); err != nil || len(settled) != 0 {
					t.Fatalf("settled %+v (%v)", settled, err)
				}
				s.left(c.entries, c.files, c.noted)
			}
		})
	}
}

func commit(_ *site, w sdk.Writer) error {
	_, err := w.Commit(sdk.ExistsFail)
	return err
}

// preparing makes the note of an offer, with its temporary file.
func (s *site) preparing() sdk.Writer {
	s.Helper()
	id, err := catalog.NewID(time.Now(), s.house.Random)
	if err != nil {
		s.Fatal(err)
	}
	e := catalog.Entry{ID: id, Partner: "PARIS", Flow: "OUT", File: "f", Path: "out/f", Backend: "files", OnExists: sdk.ExistsFail, Size: 3}
	w, err := s.backend.Create(sdk.Target{ID: id, Path: e.Path, OnExists: e.OnExists, Size: 3})
	if err == nil {
		err = w.WriteAt([][]byte{[]byte("abc")}, 0)
	}
	if err == nil {
		e.Point.Backend, err = w.(sdk.Stateful).State()
	}
	if err == nil {
		err = s.store.Prepare(s.Context(), e)
	}
	if err != nil {
		s.Fatal(err)
	}
	return w
}

// left wants so many offers, these files and nothing else.
func (s *site) left(entries int, files []string, noted bool) {
	s.Helper()
	n := 0
	for e, err := range s.store.List(s.Context(), catalog.Filter{}) {
		if err != nil || e.Status() != catalog.Available || e.Path != "out/f" || e.Size != 3 {
			s.Errorf("an entry is %+v (%v)", e, err)
		}
		n++
	}
	if got := s.backend.Paths(); n != entries || len(got) != len(files) || len(got) == 1 && got[0] != files[0] {
		s.Errorf("%d entries and the files %v are left, want %d and %v", n, got, entries, files)
	}
	if notes, err := s.store.Prepared(s.Context()); err != nil || (len(notes) > 0) != noted {
		s.Errorf("notes %+v are left (%v)", notes, err)
	}
}
