package chain

import (
	"testing"

	"github.com/postern/postern/sdk"
)

// made is a partner made up from the template SHOP.
func made(id string) *sdk.Partner { return &sdk.Partner{ID: id, From: "SHOP"} }

func TestWhoMayBeNamedAtIdentify(t *testing.T) {
	yes := Link{Name: "yes", Exit: allows(sdk.Changes{})} // no grant of its own
	with := func(exit sdk.Exit, partners ...string) Link {
		return Link{Name: "x", Exit: exit, Partners: partners}
	}
	pass := func(p *sdk.Partner) sdk.Exit { return passes(sdk.Changes{Partner: p}) }
	allow := func(p *sdk.Partner) sdk.Exit { return allows(sdk.Changes{Partner: p}) }
	paris := &sdk.Partner{ID: "PARIS"}
	for _, c := range []struct {
		name  string
		links []Link
		want  string   // the partner's ID when it is accepted
		code  sdk.Code // when it is refused
		by    string
	}{
		{"a configured partner with pass and nobody else is unknown", []Link{with(pass(paris))}, "", sdk.PartnerUnknown, ""},
		{"a configured partner with allow and without a grant", []Link{with(allow(paris))}, "", sdk.ExitRefused, "x"},
		{"a configured partner with allow and another's grant", []Link{with(allow(paris), "LYON")}, "", sdk.ExitRefused, "x"},
		{"a configured partner with allow and its grant", []Link{with(allow(paris), "PARIS")}, "PARIS", "", ""},
		{"a configured partner by its calling name", []Link{with(allow(&sdk.Partner{Name: "PARIS01"}), "PARIS")}, "PARIS", "", ""},
		{"a configured partner named by one exit and allowed by another without a grant", []Link{with(pass(paris)), yes}, "", sdk.ExitRefused, "yes"},
		{"a configured partner named with pass and allowed by the directory", []Link{with(pass(paris)), {Name: "directory", Exit: allows(sdk.Changes{}), Directory: true}}, "PARIS", "", ""},
		{"ID of one and name of another", []Link{with(allow(&sdk.Partner{ID: "PARIS", Name: "LYON01"}), "PARIS", "LYON")}, "", sdk.ExitRefused, "x"},
		{"ID of one and a name of nobody", []Link{with(allow(&sdk.Partner{ID: "PARIS", Name: "ROME"}), "PARIS")}, "", sdk.ExitRefused, "x"},
		{"a template", []Link{with(allow(&sdk.Partner{ID: "SHOP"}))}, "", sdk.ExitRefused, "x"},
		{"a partner without ID and name", []Link{with(allow(&sdk.Partner{From: "SHOP"}))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner", []Link{with(allow(made("SHOP17")))}, "SHOP17", "", ""},
		{"a made-up partner named by one exit and allowed by another", []Link{with(pass(made("SHOP17"))), yes}, "SHOP17", "", ""},
		{"a made-up partner without a template", []Link{with(allow(&sdk.Partner{ID: "SHOP17"}))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner of an unknown template", []Link{with(allow(&sdk.Partner{ID: "SHOP17", From: "INN"}))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner whose template is a partner", []Link{with(allow(&sdk.Partner{ID: "SHOP17", From: "PARIS"}))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner with a configured ID", []Link{with(allow(made("PARIS")), "PARIS")}, "", sdk.ExitRefused, "x"},
		{"a made-up partner with a configured name for an ID", []Link{with(allow(made("PARIS01")))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner with a configured name", []Link{with(allow(&sdk.Partner{ID: "SHOP17", Name: "LYON01", From: "SHOP"}))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner with a configured ID for a name", []Link{with(allow(&sdk.Partner{ID: "SHOP17", Name: "LYON", From: "SHOP"}))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner with the template's own ID", []Link{with(allow(made("SHOP")))}, "", sdk.ExitRefused, "x"},
		{"a made-up partner that a later exit gives a configured name", []Link{with(pass(made("SHOP17"))), {Name: "z", Exit: allow(&sdk.Partner{ID: "SHOP17", Name: "PARIS01"})}}, "", sdk.ExitRefused, "z"},
		{"allow without anybody named", []Link{yes}, "", sdk.ExitRefused, "yes"},
		{"another partner after one was allowed", []Link{with(allow(made("SHOP17"))), {Name: "z", Exit: pass(made("SHOP18"))}}, "", sdk.ExitRefused, "z"},
		{"a configured partner after one was allowed", []Link{with(allow(made("SHOP17"))), {Name: "z", Exit: pass(paris)}}, "", sdk.ExitRefused, "z"},
		{"another name after one was allowed", []Link{with(allow(made("SHOP17"))), {Name: "z", Exit: pass(&sdk.Partner{ID: "SHOP17", Name: "OTHER"})}}, "", sdk.ExitRefused, "z"},
		{"more labels after one was allowed", []Link{with(allow(made("SHOP17"))), {Name: "z", Exit: pass(&sdk.Partner{ID: "SHOP17", Labels: map[string]string{"a": "b"}})}}, "SHOP17", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, r := ask(t, asked(t, sdk.PointIdentify, c.links...), sdk.PointIdentify)
			if codeOf(r) != c.code {
				t.Fatalf("gave %v, want %q", r, c.code)
			}
			if r != nil && r.Exit != c.by {
				t.Errorf("refused by %q, want %q", r.Exit, c.by)
			}
			if r == nil && res.Facts.Partner.ID != c.want {
				t.Errorf("it is %q, want %q", res.Facts.Partner.ID, c.want)
			}
		})
	}
}

func TestHowAConfiguredPartnerProvesItselfIsNotAnExitsToChange(t *testing.T) {
	forged := &sdk.Partner{ID: "PARIS", Password: sdk.NewSecret("mine"), Keys: []string{"my key"}, TLSNames: []string{"me"}, Require: []string{}, Send: []string{"*"}}
	s := asked(t, sdk.PointIdentify, Link{Name: "x", Exit: allows(sdk.Changes{Partner: forged}), Partners: []string{"PARIS"}})
	res, r := ask(t, s, sdk.PointIdentify)
	if r != nil {
		t.Fatal(r)
	}
	p := res.Facts.Partner
	if p.Password.Reveal() != "stored" || p.Keys != nil || p.TLSNames != nil || p.Require != nil {
		t.Errorf("the proofs are the exit's: %#v", p)
	}
	if len(p.Send) != 1 || p.Send[0] != "*" || p.Name != "PARIS01" || p.Receive[0] != "ORD*" {
		t.Errorf("the exit's lists or the partner's own got lost: %+v", p)
	}
}

func TestWhatAnExitLeavesOutComesFromTheTemplate(t *testing.T) {
	p := made("SHOP17")
	p.MaxSessions, p.Send = 2, []string{}
	res, r := ask(t, asked(t, sdk.PointIdentify, Link{Name: "x", Exit: allows(sdk.Changes{Partner: p})}), sdk.PointIdentify)
	if r != nil {
		t.Fatal(r)
	}
	got := res.Facts.Partner
	if got.Name != "SHOP17" || got.Group != "shops" || got.Protocols[0] != "pesit" || got.MaxSessions != 2 || got.Template {
		t.Errorf("made %+v", got)
	}
	if got.Send == nil || len(got.Send) != 0 {
		t.Errorf("an empty list was not kept empty: %v", got.Send)
	}
	closed := &sdk.Partner{ID: "C1", From: "CLOSED"}
	res, _ = ask(t, asked(t, sdk.PointIdentify, Link{Name: "x", Exit: allows(sdk.Changes{Partner: closed})}), sdk.PointIdentify)
	if !res.Facts.Partner.Disabled {
		t.Error("a partner of a disabled template is not disabled")
	}
}

func TestTheListsOfATemplateHoldForThePartnersMadeFromIt(t *testing.T) {
	s := setOf(t, Config{Known: known(), Exits: []Link{{Name: "no", Exit: denies(sdk.FileName)}}, Points: quiet(nil),
		Partners: map[string]Lists{"SHOP": {sdk.PointOpen: {"no"}}}})
	f := facts()
	f.Partner = made("SHOP17")
	if _, err := s.Ask(t.Context(), sdk.PointOpen, f, Scope{Partner: "SHOP17"}); sdk.CodeOf(err) != sdk.FileName {
		t.Errorf("the template's exit was not asked: %v", err)
	}
	s = setOf(t, Config{Known: known(), Exits: []Link{{Name: "zip", Filter: upper{}}}, Points: quiet(nil),
		Partners: map[string]Lists{"SHOP": {sdk.PointFilter: {"zip"}}}})
	if !s.Filtered(f, Scope{Partner: "SHOP17"}) || s.Filtered(facts(), Scope{Partner: "PARIS"}) {
		t.Error("the template's filter is not seen, or seen for others")
	}
}
