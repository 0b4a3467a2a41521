package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/examples/internal/readme"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

// TestTheReadmeRuns has a receiver that fails at first: the event comes again, with its id, and is signed.
func TestTheReadmeRuns(t *testing.T) {
	got := make(chan envelope, 16)
	first := true
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e envelope
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil || r.URL.Path != "/transfers" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		got <- e
		if first {
			first = false // requests of one event never overlap
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer receiver.Close()
	page := readme.Open(t, map[string]string{"127.0.0.1:1780": strings.TrimPrefix(receiver.URL, "http://")})
	page.Play(t)
	one, again := next(t, got), next(t, got)
	if one.ID == "" || one.ID != again.ID || one.Body != again.Body {
		t.Errorf("the event came as %+v and %+v", one, again)
	}
	key, err := os.ReadFile(filepath.Join(page.Dir, "webhook.key"))
	if err != nil {
		t.Fatal(err)
	}
	if want := sign(string(key), again); again.Signature != want {
		t.Errorf("signed %s, want %s", again.Signature, want)
	}
	var e event
	if err := json.Unmarshal([]byte(again.Body), &e); err != nil || e.Partner != "PARIS" || e.Flow != "ORDERS" || e.Result != "done" || e.Bytes != 6 {
		t.Errorf("the event is %s, %v", again.Body, err)
	}
}

func next(t *testing.T, got chan envelope) envelope {
	t.Helper()
	select {
	case e := <-got:
		return e
	case <-time.After(time.Minute):
		t.Fatal("no event came")
		return envelope{}
	}
}

// post asks done about an event, with a webhook that answers with a status.
func post(t *testing.T, settings string, status int) (sent []byte, err error) {
	ctx := guest.With(t.Context(), &guest.Host{Config: guest.Settings(settings),
		HTTP: func(_ context.Context, q *guest.HTTPRequest) (guest.HTTPReply, error) {
			sent = q.Body
			if status == 0 {
				return guest.HTTPReply{}, errors.New("nobody answers")
			}
			return guest.HTTPReply{Status: status}, nil
		}})
	_, err = done(ctx, sdk.Question{Point: sdk.PointDone, Facts: &sdk.Facts{Time: time.Unix(1e9, 0), Transfer: "t-1",
		Done: &sdk.DoneFacts{Result: "interrupted", Code: sdk.NetworkCut, Attempt: 1, EventID: "e-1"}}})
	return sent, err
}

func TestOnlyASuccessIsOne(t *testing.T) {
	const settings = `{"url":"https://hooks.example.org/x","key":"0123456789abcdef"}`
	for status, fails := range map[int]bool{200: false, 204: false, 0: true, 302: true, 404: true, 500: true} {
		if _, err := post(t, settings, status); (err != nil) != fails {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

// TestASignatureIsWhatReceiversCompute was computed with another program: openssl dgst -sha256 -hmac KEY.
func TestASignatureIsWhatReceiversCompute(t *testing.T) {
	b, err := post(t, `{"url":"https://hooks.example.org/x","key":"0123456789abcdef"}`, 200)
	if err != nil {
		t.Fatal(err)
	}
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	want := envelope{"e-1", "2001-09-09T01:46:40Z", `{"transfer":"t-1","result":"interrupted","code":"network.cut","bytes":0}`, "ecccc8e9182d6ef0abbc9cb26e676eec826ca17823c9257643ca430cc706364d"}
	if e != want {
		t.Errorf("got  %+v\nwant %+v", e, want)
	}
}

func TestAShortKeyOrNoneSignsNothing(t *testing.T) {
	for _, settings := range []string{`{}`, `{"url":"https://hooks.example.org/x"}`, `{"url":"https://hooks.example.org/x","key":"short"}`} {
		if sent, err := post(t, settings, 200); err == nil || sent != nil {
			t.Errorf("%s: sent %s", settings, sent)
		}
	}
}
