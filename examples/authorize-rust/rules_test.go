package authorize_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

const rules = `{"rules": [
	{"partner": "PAR*", "flow": "INVOICES", "max_size": "10 MiB", "hours": "06:00-22:00", "allow": true},
	{"direction": "send", "allow": true},
	{"partner": "NIGHT", "hours": "22:00-06:00", "allow": true},
	{"flow": "BIG", "min_size": 1000, "allow": false},
	{"flow": "INVOICES", "allow": false}]}`

func load(t testing.TB, config string) *wasm.Exit {
	t.Helper()
	toolchain.Need(t, "rust")
	module, err := os.ReadFile(filepath.Join(toolchain.Make(t, "."), "authorize-rust.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "rules", Module: module, Config: json.RawMessage(config)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exit.Close(context.Background()) })
	return exit
}

func TestTheFirstRuleThatFitsDecides(t *testing.T) {
	exit := load(t, rules)
	for _, c := range []struct {
		partner, flow string
		direction     sdk.Direction
		size          int64
		hour          int
		want          sdk.VerdictKind
	}{
		{"PARIS", "INVOICES", sdk.Receive, 10 << 20, 12, sdk.Allow},
		{"PARIS", "INVOICES", sdk.Receive, 10<<20 + 1, 12, sdk.Deny},
		{"PARIS", "INVOICES", sdk.Receive, -1, 12, sdk.Deny}, // nobody knows whether it is small enough
		{"PARIS", "INVOICES", sdk.Receive, 1, 5, sdk.Deny},
		{"PARIS", "INVOICES", sdk.Receive, 1, 6, sdk.Allow},
		{"PARIS", "INVOICES", sdk.Receive, 1, 22, sdk.Deny},
		{"LYON", "INVOICES", sdk.Receive, 1, 12, sdk.Deny},
		{"LYON", "INVOICES", sdk.Send, 1, 12, sdk.Allow},
		{"NIGHT", "ORDERS", sdk.Receive, 1, 23, sdk.Allow},
		{"NIGHT", "ORDERS", sdk.Receive, 1, 5, sdk.Allow},
		{"NIGHT", "ORDERS", sdk.Receive, 1, 6, sdk.Pass},
		{"LYON", "BIG", sdk.Receive, 1000, 12, sdk.Deny},
		{"LYON", "BIG", sdk.Receive, 999, 12, sdk.Pass},
		{"LYON", "ORDERS", sdk.Receive, 1, 12, sdk.Pass},
	} {
		facts := exittest.Facts(sdk.PointAuthorize)
		facts.Time = time.Date(2026, 11, 23, c.hour, 0, 0, 0, time.UTC)
		facts.Partner = &sdk.Partner{ID: c.partner}
		facts.Flow = &sdk.Flow{ID: c.flow}
		facts.Request.Direction, facts.Request.Size = c.direction, c.size
		v, err := exit.Decide(t.Context(), sdk.Question{Point: sdk.PointAuthorize, Facts: facts})
		if err != nil || v.Kind != c.want {
			t.Errorf("%+v: answered %+v (%v)", c, v, err)
		}
		if v.Kind == sdk.Deny && v.Refusal.Code != sdk.FlowForbidden {
			t.Errorf("%+v: refused with %s", c, v.Refusal.Code)
		}
	}
}

func TestRulesThatAreNotUnderstoodDecideNothing(t *testing.T) {
	for _, config := range []string{`{}`, `{"rules":[]}`, `{"rules":[{"partner":"PARIS"}]}`, `{"rules":[{"allow":"perhaps"}]}`, `{"rules":[{"hours":"6-22","allow":true}]}`,
		`{"rules":[{"max_size":"10 MB","allow":true}]}`, `{"rules":[{"max_size":"9999999 TiB","allow":true}]}`, `{"rules":[{"direction":"up","allow":true}]}`} {
		exit := load(t, config)
		v, err := exit.Decide(t.Context(), sdk.Question{Point: sdk.PointAuthorize, Facts: exittest.Facts(sdk.PointAuthorize)})
		if err == nil {
			t.Errorf("%s: answered %+v", config, v)
		}
	}
}

func BenchmarkAuthorize(b *testing.B) {
	exit := load(b, rules)
	q := sdk.Question{Point: sdk.PointAuthorize, Facts: exittest.Facts(sdk.PointAuthorize)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := exit.Decide(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}
