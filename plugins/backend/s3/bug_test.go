package s3

import (
	"net/http"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/backend/s3/s3test"
	"github.com/postern/postern/sdk"
)

// TestAPanicBelowTheLibraryEndsItsFileAndNotTheProcess has each request of a kind meet one, in whatever goroutine it is
// made.
func TestAPanicBelowTheLibraryEndsItsFileAndNotTheProcess(t *testing.T) {
	store := s3test.Start(t)
	isPart := func(r *http.Request) bool { return r.URL.Query().Has("partNumber") }
	for what, meets := range map[string]func(*http.Request) bool{
		"a part":               isPart,
		"the begin of it all":  func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploads") },
		"a tail":               func(r *http.Request) bool { return strings.Contains(r.URL.Path, nameTail) },
		"a look at the target": func(r *http.Request) bool { return r.Method == http.MethodHead },
		"a look at a folder":   func(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" },
	} {
		t.Run(what, func(t *testing.T) {
			settings, faults := settingsFor(store)
			b := open(t, settings)
			faults.instead(func(r *http.Request) (*http.Response, error) {
				if meets(r) {
					panic("a bug below the library")
				}
				return nil, nil
			})
			if err := wholeFile(b); !isBug(err) {
				t.Errorf("the file ended with %v", err)
			}
			faults.instead(nil)
			if err := wholeFile(b); err != nil {
				t.Errorf("the next file ended with %v", err)
			}
		})
	}
}

// wholeFile receives a file with parts and a tail.
func wholeFile(b *Backend) error {
	w, err := b.Create(target("t1", "in/a"))
	if err != nil {
		return err
	}
	defer w.Discard()
	content := noise(2*MinPart+10, 1)
	for at := 0; at < len(content); at += MinPart / 2 {
		if err := w.WriteAt([][]byte{content[at:min(at+MinPart/2, len(content))]}, int64(at)); err != nil {
			return err
		}
	}
	if _, _, err := w.Sync(); err != nil {
		return err
	}
	_, err = w.Commit(sdk.ExistsFail)
	return err
}

func isBug(err error) bool {
	bug, ok := sdk.AsBug(err)
	return ok && strings.Contains(string(bug.Stack), "bug_test.go")
}
