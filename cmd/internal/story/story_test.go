package story

import (
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

func TestEveryCodeHasAMeaning(t *testing.T) {
	for _, row := range sdk.Codes() {
		if Meaning(row.Code) == "" {
			t.Errorf("the code %s means nothing", row.Code)
		}
	}
}

func at(second int) time.Time { return time.Date(2026, 5, 4, 6, 0, second, 0, time.UTC) }

func TestARestartedTransferIsToldAttemptByAttempt(t *testing.T) {
	identify := catalog.Decision{Time: at(0), Point: "identify", Exit: "directory", Verdict: "allow", Rule: "partners.PARIS", Place: "p.yaml:4:3"}
	restart := catalog.Decision{Time: at(9), Point: "restart", Exit: sdk.ByServer, Verdict: "restart", Code: sdk.NetworkCut, Detail: "attempt 2"}
	e := catalog.Entry{ID: "0001", Direction: sdk.Receive, Partner: "PARIS", Flow: "ORDERS", Stage: catalog.StageDone, Step: catalog.StepDone,
		StartedAt: at(1), EndedAt: at(10), Attempts: 2, Path: "in/x", Peer: "192.0.2.7:1"}
	got := Transfer(e, []catalog.Decision{identify, {Time: at(1), Point: "authorize", Exit: "grants", Verdict: "allow"},
		{Time: at(2), Point: "operator", Exit: "ann (uid 7)", Verdict: "keep"}, identify, restart}, 0)
	inOrder(t, got, "ORDERS from PARIS: done", "2 negotiation", "identify: directory allowed it", "by partners.PARIS, p.yaml:4:3", "3 file",
		"operator: ann (uid 7) said keep", "attempt 2", "1 call", "from 192.0.2.7:1", "2 negotiation", "3 file", "restarted after network.cut (the connection was lost)", "4 data", "What you can do")
	if strings.Count(got, "from 192.0.2.7:1") != 1 {
		t.Errorf("the call is told more than once:\n%s", got)
	}
}

func TestAKeptTransferIsNotSaidToBeInThePartnersReachAndItsOperatorComesLast(t *testing.T) {
	e := catalog.Entry{ID: "0001", Direction: sdk.Receive, Partner: "PARIS", Flow: "ORDERS", Stage: catalog.StageTransfer, Step: catalog.StepKeep,
		Code: sdk.OperatorHalt, StartedAt: at(1), EndedAt: at(3), Attempts: 1, Records: 1, Label: "orders.csv"}
	got := Transfer(e, []catalog.Decision{{Time: at(1), Point: "authorize", Exit: "grants", Verdict: "allow"},
		{Time: at(7), Point: "operator", Exit: "ann (uid 7)", Verdict: "keep"}}, 0)
	inOrder(t, got, "kept", "file orders.csv", "3 file", "granted", "4 data", "1 record,", "stopped", "operator: ann (uid 7) said keep", "What you can do", "catalog release")
	if strings.Contains(got, "the partner may restart") {
		t.Errorf("the partner is said to be able to restart it:\n%s", got)
	}
}

func TestTheAdviceAboutARefusalFitsWhatWasAskedFor(t *testing.T) {
	for want, r := range map[string]catalog.Refusal{
		"add the line of the key": {Code: sdk.PartnerPassword, Rule: "partners.LYON.authorized_keys", Place: "p.yaml:3:5"},
		"set the password":        {Code: sdk.PartnerPassword, Rule: "partners.LYON.password", Place: "p.yaml:3:5"},
		"one of its flows":        {Code: sdk.FileMissing, Direction: sdk.Receive},
		"offer a file":            {Code: sdk.FileMissing, Direction: sdk.Send},
	} {
		if got := strings.Join(NextOfRefusal(r), "; "); !strings.Contains(got, want) {
			t.Errorf("%s of %s: %q, want %q", r.Code, r.Rule, got, want)
		}
	}
}

func TestARefusalAnswersWhyByWhomAndWhatToDo(t *testing.T) {
	r := catalog.Refusal{ID: "0002", Time: at(0), Phase: "negotiation", Code: sdk.PartnerHours, Temporary: true, Partner: "PARIS", Flow: "ORDERS",
		Reason: "partner.hours: the partner PARIS may not call at 06:00", Rule: "partners.PARIS.hours", Place: "p.yaml:8:12",
		Public: "call back later", Protocol: "pesit", Count: 3, LastTime: at(5)}
	inOrder(t, Refusal(r), "Refused in the negotiation phase", "partner.hours (the partner may not call at this hour)", "the partner PARIS may not call at 06:00",
		"the server itself", "partners.PARIS.hours, p.yaml:8:12", `"call back later", diagnostic 3-322; the partner may try again`, "times   3",
		"What you can do", "widen hours", "postern partner test PARIS --flow ORDERS")
}

func TestARuleSaysWhereItStoodOrThatItDidNot(t *testing.T) {
	for _, c := range [][3]string{{"", "p.yaml:1:1", ""}, {"a.b", "p.yaml:1:1", "a.b, p.yaml:1:1"}, {"a.b", "environment POSTERN_A__B", "a.b, environment POSTERN_A__B"},
		{"a.b", "default", "a.b, not given: default"}, {"partners.X.receive", "", "partners.X.receive, which is not in the configuration: an exit gave it"}} {
		if got := Rule(c[0], c[1]); got != c[2] {
			t.Errorf("%q at %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		i := strings.Index(rest, p)
		if i < 0 {
			t.Fatalf("%q is not there, or too early:\n%s", p, text)
		}
		rest = rest[i+len(p):]
	}
}
