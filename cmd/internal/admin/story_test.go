package admin

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

func TestARefusalIsExplainedByItsIDWithWhatWasDecidedBefore(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	r := catalog.Refusal{ID: "0refusal00000000000000000a", Time: start, Phase: "file", Point: "authorize", Exit: "grants", Code: sdk.FlowForbidden, Partner: "PARIS", Flow: "SMALL",
		Rule: "partners.PARIS.receive", Place: "p.yaml:41:5", Decisions: []catalog.Decision{{Point: "identify", Exit: "directory", Verdict: "allow"}}}
	d.must(d.catalog.Refuse(ctx, r))
	got, err := d.Explain(ctx, r.ID[:8])
	d.must(err)
	if got.Kind != "refusal" || got.ID != r.ID || len(got.Decisions) != 1 || got.Refusal.Place != "p.yaml:41:5" || got.Meaning == "" || len(got.Next) == 0 {
		t.Errorf("explained: %+v", got)
	}
	if text := got.Text(); !strings.Contains(text, "partners.PARIS.receive, p.yaml:41:5") {
		t.Errorf("the story names no place:\n%s", text)
	}
	_, err = d.Explain(ctx, "0nothing")
	d.refused(err, kindNotFound, "No refusal has the id either")
}

func TestWhatHappenedLastIsExplained(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	_, err := d.ExplainNewest(ctx, "PARIS", "")
	d.refused(err, kindNotFound, "neither a transfer nor a refusal of PARIS")
	e := d.offered("may.txt")
	got, err := d.ExplainNewest(ctx, "PARIS", "STATEMENTS")
	d.must(err)
	if got.Kind != "transfer" || got.ID != e.ID {
		t.Errorf("the newest is %s %s, want the transfer %s", got.Kind, got.ID, e.ID)
	}
	d.must(d.catalog.Refuse(ctx, catalog.Refusal{ID: "0early", Time: start.Add(time.Hour), Phase: "negotiation", Code: sdk.PartnerHours, Partner: "PARIS"},
		catalog.Refusal{ID: "0other", Time: start.Add(2 * time.Hour), Phase: "file", Code: sdk.FlowForbidden, Partner: "PARIS", Flow: "ORDERS"}))
	for flow, want := range map[string]string{"STATEMENTS": "0early", "ORDERS": "0other", "": "0other"} {
		got, err := d.ExplainNewest(ctx, "PARIS", flow)
		d.must(err)
		if got.ID != want {
			t.Errorf("flow %q: the newest is %s, want %s", flow, got.ID, want)
		}
	}
}

func TestADryRunIsAskedAndAWrongQuestionIsSaid(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	password := "sesame"
	got, err := d.Client.TestPartner(ctx, "PARIS", Test{Flow: "ORDERS", Password: &password})
	d.must(err)
	if !got.Passes || got.Partner != "PARIS" || got.Flow != "ORDERS" {
		t.Errorf("the answer is %+v", got)
	}
	_, err = d.Client.TestPartner(ctx, "PARIS", Test{Flow: "ORDERS", Listener: "none"})
	d.refused(err, kindInvalid, "there is no such listener")
}
