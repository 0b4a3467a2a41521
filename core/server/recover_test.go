package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/server"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// running makes an entry as a crash leaves it, with its temporary file.
func (s *site) running(backend string) (catalog.Entry, sdk.Writer) {
	s.Helper()
	id, err := catalog.NewID(time.Now(), s.house.Random)
	if err != nil {
		s.Fatal(err)
	}
	e := catalog.Entry{ID: id, Kind: catalog.File, Direction: catalog.Receive, Role: catalog.Server, Partner: "PARIS",
		Flow: "IN", Path: "in/f", Backend: backend, OnExists: sdk.ExistsFail, Size: -1}
	w, err := s.backend.Create(sdk.Target{ID: id, Path: e.Path, OnExists: e.OnExists, Size: -1})
	if err == nil {
		err = w.WriteAt([][]byte{[]byte("abc")}, 0)
	}
	if err != nil {
		s.Fatal(err)
	}
	if e.Point.Backend, err = w.(sdk.Stateful).State(); err != nil {
		s.Fatal(err)
	}
	if e, err = s.store.Create(context.Background(), e); err == nil {
		err = s.store.Begin(context.Background(), e.Lease())
	}
	if err != nil {
		s.Fatal(err)
	}
	return e, w
}

// hiding is a backend whose files cannot be opened.
type hiding struct{ sdk.Backend }

func (hiding) Open(string) (sdk.Reader, error) {
	return nil, sdk.Refuse(sdk.FileOpen, "permission denied")
}

func TestACrashIsSettledBeforeTheFirstCall(t *testing.T) {
	for name, c := range map[string]struct {
		backend string
		crash   func(s *site, w sdk.Writer) error
		want    catalog.Status
	}{
		"in the middle": {"files", func(_ *site, w sdk.Writer) error { return w.Close() }, catalog.Interrupted},
		"between the file's name and the catalog": {"files", func(_ *site, w sdk.Writer) error {
			_, err := w.Commit(sdk.ExistsFail)
			return err
		}, catalog.Done},
		"the part is lost": {"files", func(_ *site, w sdk.Writer) error { return w.Discard() }, catalog.Interrupted},
		"the backend is not there any more": {"gone", func(_ *site, w sdk.Writer) error {
			_, err := w.Commit(sdk.ExistsFail)
			return err
		}, catalog.Interrupted},
		"the file cannot be read": {"files", func(s *site, w sdk.Writer) error {
			_, err := w.Commit(sdk.ExistsFail)
			snap := s.snapshot()
			snap.Backends["files"] = hiding{s.backend}
			s.house.Snapshot = func() *session.Snapshot { return snap }
			return err
		}, catalog.Interrupted},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			e, w := s.running(c.backend)
			if err := c.crash(s, w); err != nil {
				t.Fatal(err)
			}
			settled, err := server.Recover(t.Context(), s.house)
			if err != nil || len(settled) != 1 || settled[0].ID != e.ID || settled[0].Status() != c.want {
				t.Fatalf("settled %+v (%v), want %s", settled, err, c.want)
			}
			got := s.status()
			if got.Status() != c.want {
				t.Errorf("the entry is %s, want %s", got.Status(), c.want)
			}
			if c.want == catalog.Done && (got.Bytes != 3 || !strings.HasPrefix(got.SHA256, "ba7816bf")) {
				t.Errorf("it has %d bytes and the digest %s", got.Bytes, got.SHA256)
			}
			if again, err := server.Recover(t.Context(), s.house); err != nil || len(again) != 0 {
				t.Errorf("a second time settled %+v (%v)", again, err)
			}
		})
	}
}

func TestOldTemporaryFilesWithoutAnEntryAreSwept(t *testing.T) {
	s := newSite(t)
	known, w := s.running("files")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	stray, err := s.backend.Create(sdk.Target{ID: "01strayofacrash", Path: "in/PARIS/g", OnExists: sdk.ExistsFail, Size: -1})
	if err == nil {
		err = stray.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := server.Sweep(t.Context(), s.house); err != nil || len(gone) != 0 {
		t.Fatalf("young files were swept: %v, %v", gone, err)
	}
	s.house.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	gone, err := server.Sweep(t.Context(), s.house)
	if err != nil || len(gone) != 1 || !strings.Contains(gone[0], "01strayofacrash") {
		t.Errorf("swept %v, %v", gone, err)
	}
	if paths := s.backend.Paths(); len(paths) != 1 || !strings.Contains(paths[0], known.ID) {
		t.Errorf("left are %v, want the part of %s alone", paths, known.ID)
	}
}
