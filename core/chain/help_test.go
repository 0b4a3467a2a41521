package chain

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/postern/postern/sdk"
)

// answers is an exit made of a function.
type answers func(ctx context.Context, q sdk.Question) (sdk.Verdict, error)

func (f answers) Decide(ctx context.Context, q sdk.Question) (sdk.Verdict, error) { return f(ctx, q) }

// says is an exit that always gives the same verdict.
func says(v sdk.Verdict) sdk.Exit {
	return answers(func(context.Context, sdk.Question) (sdk.Verdict, error) { return v, nil })
}

func passes(set sdk.Changes) sdk.Exit { return says(sdk.Verdict{Kind: sdk.Pass, Set: set}) }
func allows(set sdk.Changes) sdk.Exit { return says(sdk.Verdict{Kind: sdk.Allow, Set: set}) }
func denies(c sdk.Code) sdk.Exit      { return says(sdk.DenyVerdict(sdk.Refuse(c, "because"))) }

var errBroken = errors.New("broken")

// quiet lets the default lists alone: nobody is asked unless the test says so.
func quiet(lists Lists) Lists {
	out := Lists{sdk.PointIdentify: nil, sdk.PointAuthorize: nil, sdk.PointMessage: nil}
	for p, names := range lists {
		out[p] = names
	}
	return out
}

// asked makes a set in which the links are asked at one point in their order.
func asked(t *testing.T, p sdk.Point, links ...Link) *Set {
	t.Helper()
	return setOf(t, Config{Exits: links, Points: quiet(Lists{p: names(links)}), Known: known()})
}

func names(links []Link) (out []string) {
	for _, l := range links {
		out = append(out, l.Name)
	}
	return out
}

func setOf(t *testing.T, c Config) *Set {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatalf("make the set: %v", err)
	}
	return s
}

func known() []sdk.Partner {
	return []sdk.Partner{
		{ID: "PARIS", Name: "PARIS01", Password: sdk.NewSecret("stored"), Protocols: []string{"pesit"}, Receive: []string{"ORD*"}},
		{ID: "LYON", Name: "LYON01", Protocols: []string{"pesit"}},
		{ID: "SHOP", Template: true, Group: "shops", Protocols: []string{"pesit"}, Send: []string{"PRICES"}, Disabled: false},
		{ID: "CLOSED", Template: true, Disabled: true},
	}
}

func facts() *sdk.Facts {
	return &sdk.Facts{
		Session: "s1", Transfer: "t1",
		Call:    &sdk.CallFacts{Listener: "pesit", Protocol: "pesit", Peer: netip.MustParseAddrPort("192.0.2.1:4000")},
		Claim:   &sdk.Claim{Name: "PARIS01", Secret: sdk.NewSecret("given"), NewSecret: sdk.NewSecret("new")},
		Terms:   sdk.Terms{sdk.NumberTerm("window", 8), sdk.FlagTerm("crc", true), sdk.WordsTerm("compression", "horizontal", "vertical")},
		Request: &sdk.RequestFacts{Direction: sdk.Receive, Request: sdk.Request{File: "ORDERS", Priority: 1}},
		Flow:    &sdk.Flow{ID: "ORDERS"},
		Target:  &sdk.TargetFacts{Path: "in/a", Attributes: map[string]string{"origin": "peer"}},
	}
}

// ask asks at a point with the usual facts.
func ask(t *testing.T, s *Set, p sdk.Point) (Result, *sdk.Refusal) {
	t.Helper()
	return askWith(t, s, p, facts())
}

func askWith(t *testing.T, s *Set, p sdk.Point, f *sdk.Facts) (Result, *sdk.Refusal) {
	t.Helper()
	res, err := s.Ask(t.Context(), p, f, Scope{Listener: "pesit"})
	if err == nil {
		return res, nil
	}
	r, ok := sdk.AsRefusal(err)
	if !ok {
		t.Fatalf("the error is no refusal: %v", err)
	}
	return res, r
}

func codeOf(r *sdk.Refusal) sdk.Code {
	if r == nil {
		return ""
	}
	return r.Code
}

func to[T any](v T) *T { return &v }
