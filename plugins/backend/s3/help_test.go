package s3

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/plugins/backend/s3/s3test"
	"github.com/postern/postern/sdk"
)

// settingsFor are those of an empty bucket of the store, behind a transport that can be made to fail.
func settingsFor(store *s3test.Store) (Settings, *faults) {
	s := DefaultSettings()
	f := &faults{to: &http.Transport{MaxIdleConnsPerHost: 64}}
	s.Endpoint, s.Region, s.PathStyle = "http://"+store.Address, s3test.Region, true
	s.Bucket = store.Bucket()
	s.AccessKey, s.SecretKey = s3test.AccessKey, sdk.NewSecret(s3test.SecretKey)
	s.PartSize, s.Transport = MinPart, f
	return s, f
}

func open(t testing.TB, s Settings) *Backend {
	t.Helper()
	b, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pathsOf takes the prefix off keys.
func pathsOf(b *Backend, keys []string) []string {
	for i, k := range keys {
		keys[i] = strings.TrimPrefix(k, b.prefix)
	}
	return keys
}

// faults is a transport that fails requests, counts all of them and shows them to a watcher.
type faults struct {
	to http.RoundTripper

	mu     sync.Mutex
	method string
	left   int
	count  map[string]int
	before func(*http.Request) (*http.Response, error) // nil, or answers in place of the store; both nil: the store answers
}

// next makes the next n requests of a method fail in a way that is not tried again.
func (f *faults) next(method string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.method, f.left = method, n
}

// instead has a function answer, or let pass, every request from now on; nil ends it.
func (f *faults) instead(answer func(*http.Request) (*http.Response, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = answer
}

// counts gives how many requests of each method there were since the last call.
func (f *faults) counts() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.count
	f.count = nil
	return was
}

func (f *faults) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	if f.count == nil {
		f.count = map[string]int{}
	}
	f.count[r.Method]++
	fail := f.left > 0 && r.Method == f.method
	if fail {
		f.left--
	}
	before := f.before
	f.mu.Unlock()
	if fail {
		return respond(r, http.StatusForbidden, "AccessDenied"), nil
	}
	if before != nil {
		if res, err := before(r); res != nil || err != nil {
			return res, err
		}
	}
	return f.to.RoundTrip(r)
}

var errCut = errors.New("the connection was cut")

// respond is an S3 error.
func respond(r *http.Request, status int, code string) *http.Response {
	if r.Body != nil {
		r.Body.Close()
	}
	body := "<Error><Code>" + code + "</Code><Message>made up</Message></Error>"
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/xml"}}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: r}
}

// long says whether tests may take their time.
func long() bool { return os.Getenv("POSTERN_TEST_LONG") != "" }
