package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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

// posted is a request that the receiver got.
type posted struct {
	id, seconds, signature string
	body                   []byte
}

// TestTheReadmeRuns has a receiver that fails at first: the event comes again, with its id, and is signed.
func TestTheReadmeRuns(t *testing.T) {
	got := make(chan posted, 16)
	first := true
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/transfers" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		got <- posted{r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), body}
		if first {
			first = false // requests of one event never overlap
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer receiver.Close()
	page := readme.Open(t, map[string]string{"127.0.0.1:1780": strings.TrimPrefix(receiver.URL, "http://")})
	page.Play(t)
	one, again := next(t, got), next(t, got)
	if one.id == "" || one.id != again.id || string(one.body) != string(again.body) {
		t.Errorf("the event came as %+v and %+v", one, again)
	}
	secret, err := os.ReadFile(filepath.Join(page.Dir, "webhook.key"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := parseKey(string(secret))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []posted{one, again} {
		if want := k.sign(p.id, p.seconds, p.body); p.signature != want {
			t.Errorf("signed %s, want %s", p.signature, want)
		}
	}
	var e event
	if err := json.Unmarshal(again.body, &e); err != nil || e.Partner != "PARIS" || e.Flow != "ORDERS" || e.Result != "done" || e.Bytes != 6 {
		t.Errorf("the event is %s, %v", again.body, err)
	}
}

func next(t *testing.T, got chan posted) posted {
	t.Helper()
	select {
	case p := <-got:
		return p
	case <-time.After(time.Minute):
		t.Fatal("no event came")
		return posted{}
	}
}

const hook = `{"url":"https://hooks.example.org/x","key":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}`

// ask asks done about an event, with a webhook that answers with a status.
func ask(t *testing.T, settings string, status int) (sent *guest.HTTPRequest, err error) {
	ctx := guest.With(t.Context(), &guest.Host{Config: guest.Settings(settings),
		HTTP: func(_ context.Context, q *guest.HTTPRequest) (guest.HTTPReply, error) {
			sent = q
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
	for status, fails := range map[int]bool{200: false, 204: false, 0: true, 302: true, 404: true, 500: true} {
		if _, err := ask(t, hook, status); (err != nil) != fails {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

// TestASignatureIsWhatReceiversCompute takes the example of the specification of Standard Webhooks, and one of our own that
// was computed with openssl as the README shows it.
func TestASignatureIsWhatReceiversCompute(t *testing.T) {
	k, err := parseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const theirs = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := k.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)); got != theirs {
		t.Errorf("the specification's example is signed %s", got)
	}
	sent, err := ask(t, hook, 200)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"transfer":"t-1","result":"interrupted","code":"network.cut","bytes":0}`; string(sent.Body) != want {
		t.Errorf("posted %s", sent.Body)
	}
	h := sent.Headers
	if len(h) != 3 || h["webhook-id"] != "e-1" || h["webhook-timestamp"] != "1000000000" || h["webhook-signature"] != "v1,fjOT69Zth9jTeypjBg+QdaKZxcIp5l81UNkw1xISH3k=" {
		t.Errorf("with the headers %q", h)
	}
}

func TestAKeyThatNoReceiverWouldHaveSignsNothing(t *testing.T) {
	for _, key := range []string{"", "short", "whsec_c2hvcnQ=", "whsec_not base64", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"} {
		sent, err := ask(t, `{"url":"https://hooks.example.org/x","key":"`+key+`"}`, 200)
		if err == nil || sent != nil || key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v, sent %+v", key, err, sent)
		}
	}
	for _, settings := range []string{`{}`, `{"url":"https://hooks.example.org/x"}`} {
		if sent, err := ask(t, settings, 200); err == nil || sent != nil {
			t.Errorf("%s: sent %+v", settings, sent)
		}
	}
}
