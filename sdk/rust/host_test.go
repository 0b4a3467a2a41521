package rust_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// checker knows one hash.
type checker struct{}

func (checker) CheckPassword(_ context.Context, hash, secret sdk.Secret) (bool, error) {
	return hash.Reveal() == "$2a$04$good" && secret.Reveal() == "sesame", nil
}

// withHost loads the guest that asks the server for everything.
func withHost(t *testing.T) (exit *wasm.Exit, logged *bytes.Buffer) {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b, err := io.ReadAll(r.Body); err != nil || string(b) != "ping" || r.Method != "POST" || r.Header.Get("Content-Type") != "text/plain" || r.Header.Get("X-Sent") != "yes" {
			t.Errorf("asked with %s %q (%v)", r.Method, b, err)
		}
		w.Header().Set("Content-Type", "text/x")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, strings.Repeat("x", 20_000))
	}))
	t.Cleanup(web.Close)
	config, err := json.Marshal(map[string]any{"url": web.URL + "/x", "hours": map[string]string{"from": "06:00"}, "long": strings.Repeat("l", 5000)})
	if err != nil {
		t.Fatal(err)
	}
	logged = &bytes.Buffer{}
	exit, err = wasm.Load(t.Context(), wasm.Settings{Name: "host", Module: build(t, "testdata/host", "host.wasm"), Config: config, Passwords: checker{},
		Grants: wasm.Grants{VerifyPassword: true, Store: true, HTTP: []wasm.Origin{{URL: web.URL}}}, Log: slog.New(slog.NewTextHandler(logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exit.Close(context.Background()) })
	return exit, logged
}

func TestTheServerDoesWhatAnExitAsksFor(t *testing.T) {
	exit, logged := withHost(t)
	q := sdk.Question{Point: sdk.PointIdentify, Facts: exittest.Facts(sdk.PointIdentify)}
	v, err := exit.Decide(t.Context(), q)
	if err != nil || v.Refusal == nil {
		t.Fatalf("answered %+v (%v)", v, err)
	}
	want := "1795348800000\n06:00\nnothing\n5000\n192.0.2.1:40001\n1\n0\n202\ntext/x\n20000\nnothing\n0\nv\n-2\n"
	if v.Refusal.Detail != want {
		t.Errorf("it was told\n%s\nwant\n%s", v.Refusal.Detail, want)
	}
	if v.Refusal.Code != sdk.ExitRefused || !strings.Contains(logged.String(), "level=WARN msg=\"exit says\" exit=host message=asked") {
		t.Errorf("refused with %s, logged %q", v.Refusal.Code, logged)
	}
}

func TestAPanicIsLogged(t *testing.T) {
	exit, logged := withHost(t)
	q := sdk.Question{Point: sdk.PointAccept, Facts: exittest.Facts(sdk.PointAccept)}
	if v, err := exit.Decide(t.Context(), q); err == nil {
		t.Errorf("answered %+v", v)
	}
	if !strings.Contains(logged.String(), "told to panic") || !strings.Contains(logged.String(), "host.rs") {
		t.Errorf("logged %q", logged)
	}
}
