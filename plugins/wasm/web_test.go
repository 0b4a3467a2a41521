package wasm_test

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// fetching is a module that makes one HTTP request with a reply buffer of this size, logs the reply, and passes.
// The answer of http_request is told when it is negative.
func fetching(q wire.HTTPRequest, room int32) []byte {
	request := string(wire.AppendHTTPRequest(nil, &q))
	r := newReactor(sdk.PointIdentify)
	log, fetch := r.imp("postern_v1", "log", "iii"), r.imp("postern_v1", "http_request", "iiii:i")
	r.data(scratch, request)
	const reply = 256 << 10
	ask := code(i32c(scratch), i32c(int32(len(request))), i32c(reply), i32c(room), call(fetch), set(5))
	again := code(i32c(scratch), i32c(int32(len(request))), i32c(reply), get(5), call(fetch), set(5))
	return r.build(ask,
		get(5), i32c(room), 0x4a, when(again), // i32.gt_s: it did not fit
		get(5), i32c(0), 0x48, when(answered(get(5))),
		i32c(1), i32c(reply), get(5), call(log))
}

func TestAModuleAsksListedOriginsAndNoOthers(t *testing.T) {
	var requests int
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		requests++
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Content-Type")+" "+string(b))
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/echo", http.StatusFound) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 1<<20+1)) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	defer server.Close()
	grants := wasm.Grants{HTTP: []wasm.Origin{{URL: server.URL, Headers: map[string]string{"Authorization": "Bearer x"}}}}
	post := wire.HTTPRequest{Method: "POST", URL: server.URL + "/echo", ContentType: "application/json", Body: []byte(`{"a":1}`)}

	try := func(q wire.HTTPRequest, room int32) wasm.Settings {
		s := settings(fetching(q, room))
		s.Grants = grants
		return s
	}
	const want = `POST Bearer x application/json {"a":1}`
	for _, room := range []int32{1000, 10} {
		requests = 0
		if said := says(t, try(post, room), question(sdk.PointIdentify)); !strings.Contains(said, want) {
			t.Errorf("with a buffer of %d bytes the reply was %q", room, said)
		}
		if requests != 1 {
			t.Errorf("with a buffer of %d bytes there were %d requests", room, requests)
		}
	}
	requests = 0
	away := wire.HTTPRequest{Method: "GET", URL: server.URL + "/away"}
	if said := says(t, try(away, 1000), question(sdk.PointIdentify)); requests != 0 || !strings.Contains(said, "/echo") {
		t.Errorf("a redirect was followed: %q", said)
	}
	large := wire.HTTPRequest{Method: "GET", URL: server.URL + "/large"}
	if said := says(t, try(large, 1000), question(sdk.PointIdentify)); !strings.Contains(said, "more than 1 MiB") {
		t.Errorf("a large reply gave %q", said)
	}
	for _, c := range []struct {
		url, method string
		want        int
	}{
		{strings.Replace(server.URL, "127.0.0.1", "localhost", 1), "GET", -2},
		{server.URL + "0", "GET", -2},
		{"http://user@" + strings.TrimPrefix(server.URL, "http://"), "GET", -3},
		{"file:///etc/passwd", "GET", -2},
		{server.URL, "CONNECT", -3},
		{"::", "GET", -3},
	} {
		if got := probe(t, try(wire.HTTPRequest{Method: c.method, URL: c.url}, 1000), question(sdk.PointIdentify)); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.url, got, c.want)
		}
	}
	s := try(wire.HTTPRequest{Method: "GET", URL: server.URL + "/slow"}, 1000)
	s.Limits.Deadline = 50 * time.Millisecond
	if _, err := load(t, s).Decide(context.Background(), question(sdk.PointIdentify)); err == nil {
		t.Error("a reply that never comes did not fail the call")
	}
}

func TestTLSIsChecked(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	s := settings(fetching(wire.HTTPRequest{Method: "GET", URL: server.URL}, 1000))
	s.Grants.HTTP = []wasm.Origin{{URL: server.URL}}
	s.Grants.Roots = x509.NewCertPool()
	if said := says(t, s, question(sdk.PointIdentify)); !strings.Contains(said, "certificate") {
		t.Errorf("with no authority trusted: %q", said)
	}
	s.Grants.Roots.AddCert(server.Certificate())
	if said := says(t, s, question(sdk.PointIdentify)); !strings.Contains(said, "hello") {
		t.Errorf("with its own authority: %q", said)
	}
}
