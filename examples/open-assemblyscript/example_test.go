package example_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/examples/internal/readme"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestTheReadmeRuns(t *testing.T) {
	toolchain.Need(t, "assemblyscript")
	readme.Open(t, nil).Play(t)
}

func load(t *testing.T, config string) *wasm.Exit {
	t.Helper()
	toolchain.Need(t, "assemblyscript")
	module, err := os.ReadFile(filepath.Join(toolchain.Make(t, "."), "open-assemblyscript.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "place", Module: module, Config: []byte(config)})
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

func question(partner, flow, file string, size int64) sdk.Question {
	return sdk.Question{Point: sdk.PointOpen, Facts: &sdk.Facts{
		Time: time.Date(2026, 3, 9, 7, 0, 0, 0, time.UTC), Transfer: "t-1", Partner: &sdk.Partner{ID: partner, Group: "shops"},
		Request: &sdk.RequestFacts{Direction: sdk.Receive, Request: sdk.Request{File: file, Label: "l", Size: size}},
		Flow:    &sdk.Flow{ID: flow}, Target: &sdk.TargetFacts{Path: "as/the/flow/says", OnExists: sdk.ExistsFail}}}
}

func TestTheMostParticularRouteCounts(t *testing.T) {
	exit := load(t, `{"routes": {
		"A/ORDERS": "1/{year}-{month}-{day}T{hour}/{file}", "A/*": "2/{flow}/{transfer}",
		"B.C/ORDERS": "3/{group}",
		"*/ORDERS": "4/{partner}", "*/STOCK": "5/{label}"}}`)
	for _, c := range []struct{ partner, flow, file, path string }{
		{"A", "ORDERS", "x", "1/2026-03-09T07/x"},
		{"A", "ORDERS", "../../etc/été", "1/2026-03-09T07/_._.._etc__t_"},
		{"A", "ORDERS", "{year}", "1/2026-03-09T07/_year_"},
		{"A", "STOCK", "x", "2/STOCK/t-1"},
		{"B.C", "ORDERS", "x", "3/shops"},
		{"D", "ORDERS", "x", "4/D"},
		{"D", "STOCK", "x", "5/l"},
		{"D", "OTHER", "x", ""},
	} {
		v, err := exit.Decide(t.Context(), question(c.partner, c.flow, c.file, 5))
		got := ""
		if v.Set.Path != nil {
			got = *v.Set.Path
		}
		if err != nil || v.Kind != sdk.Pass || got != c.path || v.Set.Backend != nil {
			t.Errorf("%s %s %s goes to %q, want %q (%v, %v)", c.partner, c.flow, c.file, got, c.path, v.Kind, err)
		}
	}
}

func TestLargeFilesGoToAnotherBackend(t *testing.T) {
	exit := load(t, `{"large": {"from": 5000000000, "backend": "archive"}}`)
	for size, large := range map[int64]bool{-1: false, 0: false, 4_999_999_999: false, 5_000_000_000: true} {
		v, err := exit.Decide(t.Context(), question("A", "ORDERS", "x", size))
		if err != nil || v.Kind != sdk.Pass || (v.Set.Backend != nil) != large || v.Set.Path != nil {
			t.Errorf("%d bytes: %+v, %v", size, v, err)
		}
	}
	q := question("A", "ORDERS", "x", 5_000_000_000)
	q.Facts.Request.Direction = sdk.Send
	if v, err := exit.Decide(t.Context(), q); err != nil || v.Set.Backend != nil {
		t.Errorf("a file that is sent is moved: %+v, %v", v, err)
	}
}

func TestALimitThatIsNoNumberRefuses(t *testing.T) {
	for _, from := range []string{`"1M"`, `"many"`, `"-5"`, `""`, `" 5"`, `1.5`, `1e9`, `"12345678901234567890"`, `true`, `[5]`} {
		exit := load(t, `{"large": {"from": `+from+`, "backend": "archive"}}`)
		v, err := exit.Decide(t.Context(), question("A", "ORDERS", "x", 5))
		if err != nil || v.Refusal == nil || v.Refusal.Code != sdk.ExitFailed || !strings.Contains(v.Refusal.Detail, "it must be a number of bytes") {
			t.Errorf("%s: %+v, %v", from, v, err)
		}
	}
}

func TestARouteThatNobodyKnowsRefuses(t *testing.T) {
	exit := load(t, `{"routes": {"*/A": "in/{colour}", "*/B": "in/{file"}}`)
	for _, flow := range []string{"A", "B"} {
		v, err := exit.Decide(t.Context(), question("X", flow, "x", 1))
		if err != nil || v.Kind != sdk.Deny || v.Refusal.Code != sdk.FileName {
			t.Errorf("%s: %+v, %v", flow, v, err)
		}
	}
}
