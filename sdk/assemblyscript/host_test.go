package assemblyscript_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestTheServersFunctionsAnswer(t *testing.T) {
	toolchain.Need(t, "assemblyscript")
	module, err := os.ReadFile(filepath.Join(toolchain.Make(t, "testdata/hosted"), "hosted.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("long ", 2000)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a body that cannot be read is not the one that is looked for
		w.Header().Set("Content-Type", "text/answer")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("X-Sent")+" "+string(body)+" "+long)
	}))
	t.Cleanup(web.Close)
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "hosted", Module: module, Limits: wasm.Limits{Wait: time.Minute},
		Config: []byte(`{"a": {"b": "été"}, "n": 7, "long": "` + long + `"}`),
		Grants: wasm.Grants{Store: true, File: true, HTTP: []wasm.Origin{{URL: web.URL}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exit.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []struct{ do, want string }{
		{"config a.b", "été"}, {"config n", "7"}, {"config x", "(absent)"}, {"config long", long},
		{"fact request.file", "ORDERS"}, {"fact nobody", "(absent)"},
		{"now ", "1795348800000"}, {"size ", "21"}, {"log a line", ""},
		{"get key", "(absent)"}, {"put " + long, ""}, {"get key", long},
		{"http " + web.URL + "/x", "202 text/answer POST text/plain yes été " + long},
	} {
		q := sdk.Question{Point: sdk.PointVerify, Facts: exittest.Facts(sdk.PointVerify)}
		q.Facts.Session = c.do
		v, err := exit.Decide(t.Context(), q)
		if err != nil || v.Refusal == nil || v.Refusal.Detail != c.want {
			t.Errorf("%.40s: %+.200v, %v; want %.40q", c.do, v.Refusal, err, c.want)
		}
	}
	q := sdk.Question{Point: sdk.PointVerify, Facts: exittest.Facts(sdk.PointVerify)}
	q.Facts.Session = "password x"
	if v, err := exit.Decide(t.Context(), q); err == nil || !strings.Contains(err.Error(), "not granted") {
		t.Errorf("without a grant the answer is %+v, %v", v, err)
	}
}
