package grants

import (
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

func TestTheExitKeepsTheContract(t *testing.T) { exittest.Contract(t, New()) }

func TestAFlowIsAllowedOnlyByTheListOfItsDirection(t *testing.T) {
	p := &sdk.Partner{ID: "PARIS", Receive: []string{"INVOICES", "ORD*"}, Send: []string{"STATEMENT?", "ORDERS"}}
	for _, c := range []struct {
		direction sdk.Direction
		flow      string
		want      sdk.Code
	}{
		{sdk.Receive, "INVOICES", ""}, {sdk.Receive, "ORDERS", ""}, {sdk.Receive, "ORD", ""}, {sdk.Send, "STATEMENTS", ""},
		{sdk.Receive, "invoices", sdk.FlowForbidden}, {sdk.Receive, "INVOICES2", sdk.FlowForbidden}, {sdk.Receive, "XORD", sdk.FlowForbidden},
		{sdk.Send, "STATEMENT", sdk.FlowForbidden}, {sdk.Send, "STATEMENTS2", sdk.FlowForbidden}, {sdk.Receive, "", sdk.FlowForbidden},
		{sdk.Send, "INVOICES", sdk.DirectionForbidden}, {sdk.Receive, "STATEMENTS", sdk.DirectionForbidden}, {sdk.Send, "ORDERS", ""},
		{"", "INVOICES", sdk.FlowForbidden}, {"sideways", "INVOICES", sdk.FlowForbidden},
	} {
		f := &sdk.Facts{Partner: p, Flow: &sdk.Flow{ID: c.flow}, Request: &sdk.RequestFacts{Direction: c.direction}}
		v := ask(t, sdk.PointAuthorize, f)
		if got := code(v); got != c.want || (c.want == "") != (v.Kind == sdk.Allow) {
			t.Errorf("%s %q: %s %q, want %q", c.direction, c.flow, v.Kind, got, c.want)
		}
		if c.want != "" && c.flow != "" && c.direction == sdk.Send && !strings.Contains(v.Refusal.Detail, "partners.PARIS.send") {
			t.Errorf("%s %q: the detail does not name the list: %s", c.direction, c.flow, v.Refusal.Detail)
		}
	}
}

func TestChangesNeedAFlowOfTheRightDirectionAndThePartnersOwnList(t *testing.T) {
	p := &sdk.Partner{ID: "PARIS", Receive: []string{"INVOICES"}, Manage: []sdk.Action{sdk.ActionRename}}
	for _, c := range []struct {
		action sdk.Action
		flow   string
		want   sdk.Code
	}{
		{sdk.ActionRename, "INVOICES", ""}, {sdk.ActionRemove, "INVOICES", sdk.FlowForbidden}, {sdk.ActionMkdir, "INVOICES", sdk.FlowForbidden},
		{sdk.ActionRename, "ORDERS", sdk.FlowForbidden}, {sdk.ActionList, "INVOICES", ""}, {sdk.ActionStat, "ORDERS", sdk.FlowForbidden},
	} {
		f := &sdk.Facts{Partner: p, Flow: &sdk.Flow{ID: c.flow}, Request: &sdk.RequestFacts{Direction: sdk.Receive, Request: sdk.Request{Action: c.action}}}
		if v := ask(t, sdk.PointAuthorize, f); code(v) != c.want || (c.want == "") != (v.Kind == sdk.Allow) {
			t.Errorf("%s in %s: %s %q, want %q", c.action, c.flow, v.Kind, code(v), c.want)
		}
	}
}

func TestEmptyListsAllowNothing(t *testing.T) {
	for _, d := range []sdk.Direction{sdk.Receive, sdk.Send} {
		for _, p := range []*sdk.Partner{nil, {ID: "PARIS"}, {ID: "PARIS", Receive: []string{""}, Send: []string{""}}} {
			f := &sdk.Facts{Partner: p, Flow: &sdk.Flow{ID: "ORDERS"}, Request: &sdk.RequestFacts{Direction: d}}
			if v := ask(t, sdk.PointAuthorize, f); code(v) != sdk.FlowForbidden {
				t.Errorf("%s by %+v: %v", d, p, v)
			}
		}
	}
}

func TestMessagesAreAcceptedWhereThePartnerMaySendThem(t *testing.T) {
	if v := ask(t, sdk.PointMessage, &sdk.Facts{Partner: &sdk.Partner{Messages: true}}); v.Kind != sdk.Pass {
		t.Errorf("allowed messages gave %s", v.Kind)
	}
	for _, p := range []*sdk.Partner{nil, {ID: "PARIS"}} {
		if v := ask(t, sdk.PointMessage, &sdk.Facts{Partner: p}); code(v) != sdk.MessageForbidden {
			t.Errorf("%+v gave %v", p, v)
		}
	}
}

func TestMasks(t *testing.T) {
	for _, c := range []struct {
		mask, s string
		want    bool
	}{
		{"*", "", true}, {"*", "x", true}, {"", "", true}, {"", "x", false}, {"?", "", false}, {"?", "é", true}, {"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-b-b-d", false}, {"**a", "bca", true}, {"*?", "", false}, {"a*", "ba", false}, {"*.[ch]", "x.c", false}, {"*.[ch]", "x.[ch]", true},
	} {
		if got := match([]rune(c.mask), []rune(c.s)); got != c.want {
			t.Errorf("%q and %q: %v", c.mask, c.s, got)
		}
	}
	began := time.Now()
	match([]rune(strings.Repeat("*a", 50)+"b"), []rune(strings.Repeat("a", 5000)))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a hostile mask took %v", took)
	}
}

func ask(t *testing.T, p sdk.Point, f *sdk.Facts) sdk.Verdict {
	t.Helper()
	v, err := New().Decide(t.Context(), sdk.Question{Point: p, Facts: f})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func code(v sdk.Verdict) sdk.Code {
	if v.Refusal == nil {
		return ""
	}
	return v.Refusal.Code
}
