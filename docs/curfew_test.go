package docs_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/exits/grants"
	"github.com/postern/postern/sdk"
)

// Curfew lets files of a flow in only within some hours of the day, UTC.
type Curfew struct {
	Flow     string
	From, To int // hours: From is inside, To is outside
}

// Decide refuses a file of the flow outside the hours. It has no opinion on anything else.
func (c Curfew) Decide(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	f := q.Facts
	if q.Point != sdk.PointAuthorize || f.Flow == nil || f.Flow.ID != c.Flow || f.Request.Direction != sdk.Receive {
		return sdk.PassVerdict(), nil
	}
	if h := f.Time.UTC().Hour(); h < c.From || h >= c.To {
		r := sdk.Refuse(sdk.ExitRefused, "%s at %02d h, taken from %02d to %02d h", c.Flow, h, c.From, c.To)
		r.Temporary = true
		return sdk.DenyVerdict(r), nil
	}
	return sdk.PassVerdict(), nil
}

func TestTheExitOfTheDocumentationDecides(t *testing.T) {
	set, err := chain.New(chain.Config{
		Exits:  []chain.Link{{Name: "directory", Exit: grants.New()}, {Name: "grants", Exit: grants.New()}, {Name: "curfew", Exit: Curfew{Flow: "INVOICES", From: 6, To: 22}}},
		Points: chain.Lists{sdk.PointAuthorize: {"curfew", "grants"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flow string
		hour int
		want sdk.Code
	}{{"INVOICES", 5, sdk.ExitRefused}, {"INVOICES", 6, ""}, {"INVOICES", 22, sdk.ExitRefused}, {"ORDERS", 5, ""}, {"SECRETS", 12, sdk.FlowForbidden}} {
		_, err := set.Ask(t.Context(), sdk.PointAuthorize, &sdk.Facts{
			Time:    time.Date(2026, 5, 4, c.hour, 0, 0, 0, time.UTC),
			Partner: &sdk.Partner{ID: "PARIS", Receive: []string{"INVOICES", "ORDERS"}},
			Request: &sdk.RequestFacts{Request: sdk.Request{File: c.flow}, Direction: sdk.Receive},
			Flow:    &sdk.Flow{ID: c.flow},
		}, chain.Scope{})
		if got := sdk.CodeOf(err); got != c.want {
			t.Errorf("%s at %d h: %q (%v), want %q", c.flow, c.hour, got, err, c.want)
		}
	}
}

// TestGoBlocksAreFromTheCode looks for each Go block of a page in the files of the repository that it is taken from. What is
// written to a file of its own, the page's example builds.
func TestGoBlocksAreFromTheCode(t *testing.T) {
	var sources strings.Builder
	for _, name := range []string{"curfew_test.go", "pointexits_test.go", "testdata/scan/main.go", "testdata/sdks/go/main.go", "../sdk/verdict.go", "../sdk/protocol.go", "../sdk/backend.go", "../sdk/transport.go", "../cmd/internal/wiring/build.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(b)
	}
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			if b.lang == "go" && b.file() == "" && !strings.Contains(sources.String(), b.text) {
				t.Errorf("%s:%d: this Go code is not in the repository any more:\n%s", page, b.line, b.text)
			}
		}
	}
}
