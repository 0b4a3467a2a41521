package admin

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog/model"
	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
)

// FuzzRequest sends the API any request of somebody who is let in: no request breaks it, and every answer is JSON.
func FuzzRequest(f *testing.F) {
	d := &desk{backend: memory.New(memory.Settings{}), seen: &witness{}, catalog: model.New(time.Now)}
	settings := d.settings()
	s := &Server{options: Options{Version: "test", Catalog: faultyCatalog{d.catalog, d}, Sessions: d, Partners: d, Keeper: d,
		Reload: d.read, Status: func() Status { return Status{} }, Exits: func() []Exit { return nil },
		Settings: func() (Settings, func()) { return settings, func() {} }, Observer: sdk.Observers{},
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: random{d}}}
	handler := s.handler()
	ctx := context.WithValue(context.Background(), actorKey{}, actor{uid: 0})
	for _, x := range [][3]string{
		{"GET", "/entries?limit=3&partner=PARIS&status=done&since=2026-05-04T12:00:00Z", ""}, {"GET", "/entries/06h0b", ""}, {"DELETE", "/entries/x", ""},
		{"POST", "/entries/x/halt", ""}, {"POST", "/offers?partner=PARIS&flow=STATEMENTS&name=a", "content"}, {"GET", "/refusals?limit=-1&code=x", ""},
		{"POST", "/partners/PARIS/disable", "{}"}, {"POST", "/reload", ""}, {"POST", "/purge", "[]"}, {"GET", "/openapi.json", ""}, {"PUT", "/status", "{"},
	} {
		f.Add(x[0], x[1], "application/json", x[2])
	}
	f.Fuzz(func(t *testing.T, method, target, kind, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(u.Path, "/") || strings.ContainsAny(method, " \r\n\x00") || method == "" {
			return // net/http refuses it before us
		}
		r := &http.Request{Method: method, URL: u, RequestURI: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {kind}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Host: "postern"}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(ctx))
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s is answered with %d: %s", method, target, w.Code, w.Body)
		}
		if strings.Contains(w.Header().Get("Content-Type"), "json") && w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s is answered with %q", method, target, w.Body)
		}
	})
}
