package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/examples/internal/readme"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// cache keeps the compiled module from one test to the next: with the race detector compiling it takes half a minute.
var cache string

func TestMain(m *testing.M) {
	var err error
	if cache, err = os.MkdirTemp("", "postern-script"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(cache)
	os.Exit(code)
}

func TestTheReadmeRuns(t *testing.T) { readme.Open(t, nil).Play(t) }

func load(t testing.TB, config string) *wasm.Exit {
	t.Helper()
	module, err := os.ReadFile(filepath.Join(toolchain.Make(t, "."), "script.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "labels", Module: module, Config: []byte(config), CacheDir: cache,
		Points: []sdk.Point{sdk.PointAuthorize}, Limits: wasm.Limits{Deadline: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exit.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return exit
}

func ask() sdk.Question {
	return sdk.Question{Point: sdk.PointAuthorize, Facts: exittest.Facts(sdk.PointAuthorize)} // flow ORDERS, label orders.txt
}

func TestAProgramDecides(t *testing.T) {
	for config, want := range map[string]sdk.VerdictKind{
		`{}`:                             sdk.Pass,
		`{"labels": {"OTHER": "^x"}}`:    sdk.Pass,
		`{"labels": {"ORDERS": "\\.t"}}`: sdk.Pass,
		`{"labels": {"ORDERS": "^x"}}`:   sdk.Deny,
	} {
		v, err := load(t, config).Decide(t.Context(), ask())
		if err != nil || v.Kind != want {
			t.Errorf("%s: %+v, %v", config, v, err)
		}
	}
}

func TestAProgramThatEndsBadlyHasFailed(t *testing.T) {
	if v, err := load(t, `{"labels": {"ORDERS": "("}}`).Decide(t.Context(), ask()); err == nil {
		t.Errorf("with a broken expression it answers %+v", v)
	}
}

// BenchmarkDecision runs the program once for each question.
func BenchmarkDecision(b *testing.B) {
	exit := load(b, `{"labels": {"ORDERS": "\\.txt$"}}`)
	for b.Loop() {
		if _, err := exit.Decide(b.Context(), ask()); err != nil {
			b.Fatal(err)
		}
	}
}
