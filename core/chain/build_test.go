package chain

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestEveryFaultOfAConfigurationIsReportedAtOnce(t *testing.T) {
	pass := passes(sdk.Changes{})
	known := append(known(), sdk.Partner{ID: "PARIS", Name: "P2"}, sdk.Partner{ID: "TWIN", Name: "LYON01"}, sdk.Partner{ID: "MUTE"})
	_, err := New(Config{
		Known: known,
		Exits: []Link{{Name: "a", Exit: pass}, {Name: "a", Exit: pass}, {Exit: pass}, {Name: "empty"}, {Name: "soft", Exit: pass, OnError: Pass},
			{Name: "odd", Exit: pass, OnError: 7, Deadline: -1}, {Name: "grantee", Exit: pass, Partners: []string{"ROME", "SHOP"}},
			{Name: "zip", Filter: upper{}}},
		Points: Lists{"lunch": {"a"}, sdk.PointOpen: {"a", "a", "ghost", "zip"}, sdk.PointFilter: {"a"}, sdk.PointVerify: {"soft"},
			sdk.PointIdentify: {"soft"}, sdk.PointAccept: {"soft"}},
		Listeners: map[string]Lists{"pesit": {sdk.PointOpen: {"a"}}},
		Partners:  map[string]Lists{"ROME": {sdk.PointOpen: {"soft"}}, "LYON": {sdk.PointAccept: {"a"}}},
		Flows:     map[string]Lists{"ORDERS": {sdk.PointResolve: {"a"}, sdk.PointAuthorize: {"soft"}}},
	})
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want Faults", err)
	}
	text := err.Error() + "\n"
	for _, want := range []string{
		"partners.PARIS: is there twice", `partners.TWIN: calls with the name "LYON01" like LYON`, "partners.MUTE: has no name",
		"exits.a: is there twice", "exits: an exit has no name", "exits.empty: there is nothing", "exits.odd.on_error:", "exits.odd.deadline:",
		`exits.grantee.grants.partners: no partner is called "ROME"`, `exits.grantee.grants.partners: "SHOP" is a template`,
		`points.lunch: there is no exit point "lunch"`, `points.open: the exit "a" is there twice`, `points.open: there is no exit "ghost"`,
		`points.open: the exit "zip" only filters`, `points.filter: the exit "a" does not filter`,
		"points.verify: the exit \"soft\" has on_error: pass", "points.identify: the exit \"soft\" has on_error: pass",
		`points.authorize: there is no exit "grants"`, `points.message: there is no exit "grants"`,
		`listeners.pesit.points.open: the exit "a" is in the server's list already`,
		`partners.ROME: no partner is called "ROME"`, "partners.ROME.points.open: the exit \"soft\" has on_error: pass",
		"partners.LYON.points.accept: whose list", "flows.ORDERS.points.resolve: whose list", "flows.ORDERS.points.authorize: the exit \"soft\"",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if strings.Contains(text, "points.accept: the exit \"soft\"") {
		t.Error("on_error: pass is legal at accept")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestListsOfAScopeAreAskedAfterTheServersAndNeverReplaceThem(t *testing.T) {
	link := func(name string) Link { return Link{Name: name, Exit: passes(sdk.Changes{})} }
	s := setOf(t, Config{Known: known(), Exits: []Link{link("server"), link("listener"), link("partner"), link("flow"), link("both")},
		Points:    quiet(Lists{sdk.PointOpen: {"server"}}),
		Listeners: map[string]Lists{"pesit": {sdk.PointOpen: {"listener", "both"}}},
		Partners:  map[string]Lists{"PARIS": {sdk.PointOpen: {"partner", "both"}}},
		Flows:     map[string]Lists{"ORDERS": {sdk.PointOpen: {"flow"}}}})
	for _, c := range []struct {
		scope Scope
		want  string
	}{
		{Scope{}, "server"},
		{Scope{Listener: "other", Partner: "LYON", Flow: "OTHER"}, "server"},
		{Scope{Flow: "ORDERS"}, "server flow"},
		{Scope{Listener: "pesit", Partner: "PARIS", Flow: "ORDERS"}, "server listener both partner flow"},
		{Scope{Partner: "PARIS"}, "server partner both"},
	} {
		res, err := s.Ask(t.Context(), sdk.PointOpen, facts(), c.scope)
		var got []string
		for _, d := range res.Decisions {
			got = append(got, d.Exit)
		}
		if err != nil || strings.Join(got, " ") != c.want || !slices.Equal(got, s.Names(sdk.PointOpen, c.scope)) {
			t.Errorf("%+v: asked %v, want %s (%v)", c.scope, got, c.want, err)
		}
	}
}

func TestAListReplacesTheDefault(t *testing.T) {
	dir, gr, vet := Link{Name: "directory", Exit: passes(sdk.Changes{}), Directory: true}, Link{Name: "grants", Exit: passes(sdk.Changes{})}, Link{Name: "vet", Exit: passes(sdk.Changes{})}
	s := setOf(t, Config{Exits: []Link{dir, gr, vet}})
	for p, want := range map[sdk.Point]string{sdk.PointIdentify: "directory", sdk.PointAuthorize: "grants", sdk.PointMessage: "grants", sdk.PointOpen: ""} {
		if got := strings.Join(s.Names(p, Scope{}), " "); got != want {
			t.Errorf("%s asks %q by default, want %q", p, got, want)
		}
	}
	s = setOf(t, Config{Exits: []Link{dir, gr, vet}, Points: Lists{sdk.PointIdentify: {"vet"}}})
	if got := s.Names(sdk.PointIdentify, Scope{}); !slices.Equal(got, []string{"vet"}) {
		t.Errorf("identify asks %v, want vet alone", got)
	}
}

// upper is a filter that writes in capitals, in place.
type upper struct{}

func (upper) OpenFilter(context.Context, sdk.Question) (sdk.Filter, error) { return upper{}, nil }
func (upper) Close() error                                                 { return nil }
func (upper) Block(in []byte, _ bool) (sdk.Filtered, error) {
	for i, c := range in {
		if c >= 'a' && c <= 'z' {
			in[i] = c - 32
		}
	}
	return sdk.Filtered{Bytes: in}, nil
}
