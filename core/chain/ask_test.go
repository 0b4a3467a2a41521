package chain

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestExitsAreAskedInOrderUntilTheFirstRefusal(t *testing.T) {
	var order []string
	tell := func(name string, v sdk.Verdict) Link {
		return Link{Name: name, Exit: answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
			order = append(order, name)
			return v, nil
		})}
	}
	s := asked(t, sdk.PointOpen, tell("a", sdk.PassVerdict()), tell("b", sdk.PassVerdict()),
		tell("c", sdk.DenyVerdict(sdk.Refuse(sdk.FileSpace, "full"))), tell("d", sdk.PassVerdict()))
	res, r := ask(t, s, sdk.PointOpen)
	if !slices.Equal(order, []string{"a", "b", "c"}) {
		t.Errorf("asked %v, want a, b, c", order)
	}
	if codeOf(r) != sdk.FileSpace || r.Exit != "c" || r.Point != sdk.PointOpen {
		t.Errorf("refused with %+v, want file.space by c at open", r)
	}
	if len(res.Decisions) != 3 || res.Decisions[2].Verdict != sdk.Deny || res.Decisions[2].Code != sdk.FileSpace {
		t.Errorf("decisions %+v", res.Decisions)
	}
}

func TestLaterExitsSeeEarlierChangesAndTheCallersFactsStay(t *testing.T) {
	first := Link{Name: "first", Exit: passes(sdk.Changes{Path: to("in/b"), Attributes: map[string]string{"colour": "red"}, OnExists: to(sdk.ExistsUnique)})}
	var seen sdk.Question
	second := Link{Name: "second", Exit: answers(func(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
		seen = q
		return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Attributes: map[string]string{"size": "big"}, Backend: to("cold")}}, nil
	})}
	f := facts()
	res, r := askWith(t, asked(t, sdk.PointOpen, first, second), sdk.PointOpen, f)
	if r != nil {
		t.Fatalf("refused: %v", r)
	}
	if seen.Facts.Target.Path != "in/b" || seen.Facts.Target.Attributes["colour"] != "red" || *seen.Earlier.Path != "in/b" {
		t.Errorf("the second exit saw %+v, earlier %+v", seen.Facts.Target, seen.Earlier)
	}
	got := res.Facts.Target
	if got.Path != "in/b" || got.Backend != "cold" || got.OnExists != sdk.ExistsUnique || len(got.Attributes) != 3 {
		t.Errorf("the target is %+v", got)
	}
	if len(res.Changes.Attributes) != 2 || *res.Changes.Backend != "cold" {
		t.Errorf("the changes are %+v", res.Changes)
	}
	if f.Target.Path != "in/a" || len(f.Target.Attributes) != 1 {
		t.Errorf("the caller's facts were changed: %+v", f.Target)
	}
	if !slices.Equal(res.Decisions[0].Changed, []string{"path", "attributes", "on_exists"}) {
		t.Errorf("the first decision changed %v", res.Decisions[0].Changed)
	}
}

func TestAnExitThatWritesIntoItsFactsReachesNobody(t *testing.T) {
	vandal := Link{Name: "vandal", Exit: answers(func(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
		q.Facts.Target.Attributes["origin"] = "me"
		q.Facts.Terms[2].Words[0] = "none"
		q.Facts.Flow.ID = "SECRETS"
		q.Facts.Request.Direction = sdk.Send
		return sdk.PassVerdict(), nil
	})}
	res, r := ask(t, asked(t, sdk.PointOpen, vandal), sdk.PointOpen)
	if r != nil || res.Facts.Target.Attributes["origin"] != "peer" || res.Facts.Terms[2].Words[0] != "horizontal" ||
		res.Facts.Flow.ID != "ORDERS" || res.Facts.Request.Direction != sdk.Receive {
		t.Errorf("the vandal reached the facts: %+v %v", res.Facts, r)
	}
}

func TestEveryPointRefusesChangesOutsideItsRow(t *testing.T) {
	all := map[string]sdk.Changes{
		"partner": {Partner: &sdk.Partner{ID: "PARIS"}}, "terms": {Terms: sdk.Terms{sdk.NumberTerm("window", 4)}},
		"flow": {Flow: to("OTHER")}, "path_vars": {PathVars: map[string]string{"x": "y"}},
		"labels": {Labels: map[string]string{"x": "y"}}, "priority": {Priority: to(2)}, "path": {Path: to("in/c")},
		"backend": {Backend: to("cold")}, "attributes": {Attributes: map[string]string{"x": "y"}},
		"on_exists": {OnExists: to(sdk.ExistsReplace)}, "force_start": {ForceStart: true},
		"quarantine": {Quarantine: to("bad/x")}, "reply": {Reply: to("thanks")}, "keep": {Keep: to(true)},
		"follow_up": {FollowUp: to("hold")}, "comment": {Comment: to("seen")},
	}
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter {
			continue
		}
		for name, set := range all {
			links := []Link{{Name: "x", Exit: passes(set)}}
			if row.Allow {
				links = append(links, Link{Name: "door", Exit: allows(sdk.Changes{}), Directory: true})
			}
			f := facts()
			f.Partner = &sdk.Partner{ID: "PARIS", Name: "PARIS01"}
			res, r := askWith(t, asked(t, row.Point, links...), row.Point, f)
			legal := slices.Contains(row.Changes, name)
			kept := slices.Contains(res.Changes.Fields(), name)
			switch {
			case legal && name == "quarantine":
				if codeOf(r) != sdk.DataRejected || !kept {
					t.Errorf("%s: quarantine gave %v, kept %v; want data.rejected and the path", row.Point, r, kept)
				}
			case legal && (r != nil || !kept):
				t.Errorf("%s: %s is legal and was refused or lost: %v", row.Point, name, r)
			case !legal && kept:
				t.Errorf("%s: the change of %s was kept", row.Point, name)
			case !legal && row.Refuse && (codeOf(r) != sdk.ExitRefused || r.Exit != "x" || !strings.Contains(r.Detail, name)):
				t.Errorf("%s: changing %s gave %+v, want exit.refused by x naming the field", row.Point, name, r)
			case !legal && !row.Refuse && (r != nil || res.Decisions[0].Code != sdk.ExitRefused):
				t.Errorf("%s: changing %s gave %v, want only the decision to say exit.refused", row.Point, name, r)
			}
		}
	}
}

func TestTermsOnlyGetNarrower(t *testing.T) {
	for _, c := range []struct {
		name  string
		terms sdk.Terms
		ok    bool
	}{
		{"a smaller number", sdk.Terms{sdk.NumberTerm("window", 4)}, true},
		{"the same number", sdk.Terms{sdk.NumberTerm("window", 8)}, true},
		{"a larger number", sdk.Terms{sdk.NumberTerm("window", 9)}, false},
		{"a negative number", sdk.Terms{sdk.NumberTerm("window", -1)}, false},
		{"a flag off", sdk.Terms{sdk.FlagTerm("crc", false)}, true},
		{"a subset", sdk.Terms{sdk.WordsTerm("compression", "vertical")}, true},
		{"another word", sdk.Terms{sdk.WordsTerm("compression", "zip")}, false},
		{"an unknown term", sdk.Terms{sdk.FlagTerm("magic", false)}, false},
		{"another kind", sdk.Terms{sdk.FlagTerm("window", false)}, false},
		{"a term twice", sdk.Terms{sdk.NumberTerm("window", 4), sdk.NumberTerm("window", 3)}, false},
	} {
		res, r := ask(t, asked(t, sdk.PointNegotiate, Link{Name: "x", Exit: passes(sdk.Changes{Terms: c.terms})}), sdk.PointNegotiate)
		if c.ok != (r == nil) || (!c.ok && codeOf(r) != sdk.ExitRefused) {
			t.Errorf("%s: %v", c.name, r)
		}
		if c.ok {
			if got, _ := res.Facts.Terms.Get(c.terms[0].Name); got.Number != c.terms[0].Number || len(res.Facts.Terms) != 3 {
				t.Errorf("%s: the terms are now %+v", c.name, res.Facts.Terms)
			}
		}
	}
	// What one exit has narrowed, the next cannot widen again.
	s := asked(t, sdk.PointNegotiate, Link{Name: "a", Exit: passes(sdk.Changes{Terms: sdk.Terms{sdk.NumberTerm("window", 2)}})},
		Link{Name: "b", Exit: passes(sdk.Changes{Terms: sdk.Terms{sdk.NumberTerm("window", 3)}})})
	if _, r := ask(t, s, sdk.PointNegotiate); codeOf(r) != sdk.ExitRefused || r.Exit != "b" {
		t.Errorf("a widened window gave %v", r)
	}
}

func TestARestartKeepsItsFlowAndPath(t *testing.T) {
	for _, c := range []struct {
		name string
		set  sdk.Changes
		ok   bool
	}{
		{"labels", sdk.Changes{Labels: map[string]string{"a": "b"}}, true},
		{"priority", sdk.Changes{Priority: to(0)}, true},
		{"the same flow", sdk.Changes{Flow: to("ORDERS")}, true},
		{"another flow", sdk.Changes{Flow: to("OTHER")}, false},
		{"path variables", sdk.Changes{PathVars: map[string]string{"a": "b"}}, false},
	} {
		s := asked(t, sdk.PointResolve, Link{Name: "x", Exit: passes(c.set)})
		f := facts()
		f.Request.Restart = true
		if _, r := askWith(t, s, sdk.PointResolve, f); (r == nil) != c.ok {
			t.Errorf("restart, %s: %v", c.name, r)
		}
		if _, r := ask(t, s, sdk.PointResolve); r != nil {
			t.Errorf("no restart, %s: %v", c.name, r)
		}
	}
}

func TestValuesWithoutMeaningAreRefused(t *testing.T) {
	for _, c := range []struct {
		point sdk.Point
		set   sdk.Changes
	}{
		{sdk.PointResolve, sdk.Changes{Priority: to(3)}}, {sdk.PointResolve, sdk.Changes{Priority: to(-1)}},
		{sdk.PointResolve, sdk.Changes{Flow: to("")}}, {sdk.PointOpen, sdk.Changes{Path: to("")}},
		{sdk.PointOpen, sdk.Changes{OnExists: to(sdk.OnExists("ask"))}}, {sdk.PointVerify, sdk.Changes{Quarantine: to("")}},
	} {
		res, r := ask(t, asked(t, c.point, Link{Name: "x", Exit: passes(c.set)}), c.point)
		if codeOf(r) != sdk.ExitRefused || len(res.Changes.Fields()) != 0 {
			t.Errorf("%s: %v gave %v, kept %v", c.point, c.set.Fields(), r, res.Changes.Fields())
		}
	}
	res, _ := ask(t, asked(t, sdk.PointDone, Link{Name: "x", Exit: passes(sdk.Changes{FollowUp: to("explode"), Comment: to("c")})}), sdk.PointDone)
	if len(res.Changes.Fields()) != 0 || res.Decisions[0].Code != sdk.ExitRefused {
		t.Errorf("an unknown follow-up gave %+v", res)
	}
}

func TestIdentifyAndAuthorizeEndInARefusalUnlessSomebodyAllowed(t *testing.T) {
	for p, want := range map[sdk.Point]sdk.Code{sdk.PointIdentify: sdk.PartnerUnknown, sdk.PointAuthorize: sdk.FlowForbidden} {
		f := facts()
		f.Partner = &sdk.Partner{ID: "PARIS", Name: "PARIS01"}
		if _, r := askWith(t, asked(t, p), p, f); codeOf(r) != want || r.Point != p {
			t.Errorf("%s with nobody to ask gave %v, want %s", p, r, want)
		}
		if _, r := askWith(t, asked(t, p, Link{Name: "x", Exit: passes(sdk.Changes{})}), p, f); codeOf(r) != want {
			t.Errorf("%s with nobody allowing gave %v, want %s", p, r, want)
		}
		var told bool
		yes := Link{Name: "yes", Exit: allows(sdk.Changes{}), Directory: true}
		after := Link{Name: "after", Exit: answers(func(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
			told = q.Allowed
			return sdk.PassVerdict(), nil
		})}
		if res, r := askWith(t, asked(t, p, yes, after), p, f); r != nil || !res.Allowed || !told {
			t.Errorf("%s with an exit that allows gave %v, allowed %v, the next exit was told %v", p, r, res.Allowed, told)
		}
		if _, r := askWith(t, asked(t, p, yes, Link{Name: "no", Exit: denies(sdk.PartnerHours)}), p, f); codeOf(r) != sdk.PartnerHours {
			t.Errorf("%s: a refusal after an allow gave %v", p, r)
		}
	}
	if _, err := asked(t, sdk.PointIdentify).Ask(t.Context(), sdk.PointIdentify, nil, Scope{}); sdk.CodeOf(err) != sdk.PartnerUnknown {
		t.Errorf("without any facts: %v", err)
	}
}

func TestVerdictsThatAreNoneAreRefusals(t *testing.T) {
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter || !row.Refuse {
			continue
		}
		kinds := []sdk.VerdictKind{0, 4, 255}
		if !row.Allow {
			kinds = append(kinds, sdk.Allow)
		}
		for _, k := range kinds {
			_, r := ask(t, asked(t, row.Point, Link{Name: "x", Exit: says(sdk.Verdict{Kind: k})}), row.Point)
			if codeOf(r) != sdk.ExitRefused || r.Exit != "x" {
				t.Errorf("%s: verdict %d gave %v, want exit.refused", row.Point, k, r)
			}
		}
	}
}

func TestARefusalIsMadeFitForThePeer(t *testing.T) {
	deny := func(r *sdk.Refusal) *sdk.Refusal {
		_, got := ask(t, asked(t, sdk.PointOpen, Link{Name: "x", Exit: says(sdk.DenyVerdict(r))}), sdk.PointOpen)
		return got
	}
	if r := deny(nil); codeOf(r) != sdk.ExitRefused || r.Public != "transfer refused" {
		t.Errorf("no reason gave %+v", r)
	}
	if r := deny(&sdk.Refusal{Code: "virus.found", Detail: "eicar"}); codeOf(r) != sdk.ExitRefused || !strings.Contains(r.Detail, `"virus.found"`) || !strings.Contains(r.Detail, "eicar") {
		t.Errorf("a code off the list gave %+v", r)
	}
	if r := deny(&sdk.Refusal{Code: sdk.NetworkCut}); codeOf(r) != sdk.ExitRefused {
		t.Errorf("a code that is never said gave %+v", r)
	}
	long := strings.Repeat("x", 300)
	if r := deny(&sdk.Refusal{Code: sdk.FileName, Public: "né\x00" + long, Temporary: true, ByPeer: true, Diagnostic: "3-301"}); len(r.Public) != 254 ||
		r.Public[:4] != "n??x" || !r.Temporary || r.ByPeer || r.Diagnostic != "" {
		t.Errorf("a long public text gave %+v", r)
	}
	for _, c := range []sdk.Code{sdk.PartnerUnknown, sdk.PartnerPassword} {
		if r := deny(&sdk.Refusal{Code: c, Public: "no such partner", Temporary: true}); r.Public != "not recognised" || r.Temporary {
			t.Errorf("%s tells the peer %q", c, r.Public)
		}
	}
	given := sdk.Refuse(sdk.FileName, "mine")
	if deny(given); given.Exit != "" || given.Point != "" {
		t.Error("the exit's own refusal was written into")
	}
}

func TestWhereARefusalHasNoEffectItIsOnlyWrittenDown(t *testing.T) {
	for _, p := range []sdk.Point{sdk.PointInterrupt, sdk.PointDone, sdk.PointClose} {
		var later bool
		s := asked(t, p, Link{Name: "no", Exit: denies(sdk.FileName)}, Link{Name: "later", Exit: answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
			later = true
			return sdk.PassVerdict(), nil
		})})
		res, r := ask(t, s, p)
		if r != nil || !later || res.Decisions[0].Code != sdk.FileName {
			t.Errorf("%s: refusal %v, the next exit asked %v, decisions %+v", p, r, later, res.Decisions)
		}
	}
}

func TestSecretsAreShownOnlyToExitsThatWereGrantedThem(t *testing.T) {
	for _, granted := range []bool{false, true} {
		var got sdk.Question
		spy := Link{Name: "spy", Secrets: granted, Exit: answers(func(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
			got = q
			return sdk.Verdict{Kind: sdk.Allow}, nil
		}), Directory: true}
		namer := Link{Name: "namer", Exit: passes(sdk.Changes{Partner: &sdk.Partner{ID: "PARIS"}})}
		if _, r := ask(t, asked(t, sdk.PointIdentify, namer, spy), sdk.PointIdentify); r != nil {
			t.Fatal(r)
		}
		for name, s := range map[string]sdk.Secret{"password": got.Facts.Claim.Secret, "new password": got.Facts.Claim.NewSecret,
			"stored password": got.Facts.Partner.Password, "stored password among the changes": got.Earlier.Partner.Password} {
			if s.Empty() == granted {
				t.Errorf("granted %v: the %s is empty: %v", granted, name, s.Empty())
			}
		}
	}
}

func TestNobodyCanBeAskedAtAPointThatIsNone(t *testing.T) {
	for _, p := range []sdk.Point{"lunch", sdk.PointFilter} {
		if _, r := ask(t, asked(t, sdk.PointOpen), p); codeOf(r) != sdk.ExitFailed {
			t.Errorf("%s: %v", p, r)
		}
	}
}

type notes []sdk.Observation

func (n *notes) Observe(o sdk.Observation) { *n = append(*n, o) }

func TestEachDecisionIsTold(t *testing.T) {
	var n notes
	s := setOf(t, Config{Observer: &n, Exits: []Link{{Name: "a", Exit: passes(sdk.Changes{Path: to("p")})}, {Name: "b", Exit: denies(sdk.FileSpace)}},
		Points: quiet(Lists{sdk.PointOpen: {"a", "b"}})})
	ask(t, s, sdk.PointOpen)
	if len(n) != 2 {
		t.Fatalf("%d decisions were told", len(n))
	}
	a, b := n[0], n[1]
	if a.What != sdk.Decided || a.Exit != "a" || a.Verdict != sdk.Pass || a.Refusal != nil || !slices.Equal(a.Changes, []string{"path"}) ||
		a.Session != "s1" || a.Listener != "pesit" || a.Flow != "ORDERS" || a.Phase != sdk.PhaseFile {
		t.Errorf("the first was told as %+v", a)
	}
	if b.Exit != "b" || b.Verdict != sdk.Deny || codeOf(b.Refusal) != sdk.FileSpace || b.Path != "p" {
		t.Errorf("the second was told as %+v", b)
	}
}
