package chain_test

import (
	"context"
	"testing"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/exits/directory"
	"github.com/postern/postern/exits/grants"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

type plainText struct{}

func (plainText) CheckPassword(_ context.Context, stored, given sdk.Secret) (bool, error) {
	return !stored.Empty() && stored.Equal(given), nil
}

// house is the default house: the directory, the grants and an exit called vet, asked before the directory.
func house(t *testing.T, vet sdk.Exit, partners ...string) *chain.Set {
	t.Helper()
	known := []sdk.Partner{{ID: "PARIS", Name: "PARIS", Password: sdk.NewSecret("sesame"), Receive: []string{"ORD*"}},
		{ID: "SHOP", Template: true, Send: []string{"PRICES"}}}
	dir, err := directory.New(known, plainText{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := chain.New(chain.Config{Known: known, Points: chain.Lists{sdk.PointIdentify: {"vet", directory.Name}}, Exits: []chain.Link{
		{Name: "vet", Exit: vet, Partners: partners},
		{Name: directory.Name, Exit: dir, Secrets: true, Directory: true},
		{Name: grants.Name, Exit: grants.New()}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(kind sdk.VerdictKind, p *sdk.Partner) sdk.Exit {
	return exittest.Func(func(context.Context, sdk.Question) (sdk.Verdict, error) {
		return sdk.Verdict{Kind: kind, Set: sdk.Changes{Partner: p}}, nil
	})
}

func TestThePluginBeforeTheDirectory(t *testing.T) {
	shop := &sdk.Partner{ID: "SHOP17", From: "SHOP"}
	withPassword := &sdk.Partner{ID: "SHOP17", From: "SHOP", Password: sdk.NewSecret("till")}
	for _, c := range []struct {
		name         string
		vet          sdk.Exit
		grant        []string
		caller, pass string
		want         string
		code         sdk.Code
	}{
		{"no opinion, a right password", names(sdk.Pass, nil), nil, "PARIS", "sesame", "PARIS", ""},
		{"no opinion, a wrong password", names(sdk.Pass, nil), nil, "PARIS", "x", "", sdk.PartnerPassword},
		{"no opinion, an unknown name", names(sdk.Pass, nil), nil, "ROME", "x", "", sdk.PartnerUnknown},
		{"another name for PARIS, with its password", names(sdk.Pass, &sdk.Partner{ID: "PARIS"}), nil, "ALIAS", "sesame", "PARIS", ""},
		{"another name for PARIS, without its password", names(sdk.Pass, &sdk.Partner{ID: "PARIS"}), nil, "ALIAS", "x", "", sdk.PartnerPassword},
		{"PARIS with a password that the exit forged", names(sdk.Pass, &sdk.Partner{ID: "PARIS", Password: sdk.NewSecret("x")}), nil, "PARIS", "x", "", sdk.PartnerPassword},
		{"PARIS allowed without a grant", names(sdk.Allow, &sdk.Partner{ID: "PARIS"}), nil, "PARIS", "sesame", "", sdk.ExitRefused},
		{"PARIS allowed with a grant", names(sdk.Allow, &sdk.Partner{ID: "PARIS"}), []string{"PARIS"}, "PARIS", "x", "PARIS", ""},
		{"a made-up partner that is allowed", names(sdk.Allow, shop), nil, "SHOP17", "x", "SHOP17", ""},
		{"a made-up partner with pass and no password", names(sdk.Pass, shop), nil, "SHOP17", "", "", sdk.PartnerPassword},
		{"a made-up partner with pass and its password", names(sdk.Pass, withPassword), nil, "SHOP17", "till", "SHOP17", ""},
		{"a made-up partner with pass and a wrong one", names(sdk.Pass, withPassword), nil, "SHOP17", "x", "", sdk.PartnerPassword},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := house(t, c.vet, c.grant...)
			f := &sdk.Facts{Claim: &sdk.Claim{Name: c.caller, Secret: sdk.NewSecret(c.pass)}}
			res, err := s.Ask(t.Context(), sdk.PointIdentify, f, chain.Scope{})
			if sdk.CodeOf(err) != c.code {
				t.Fatalf("%v, want %q", err, c.code)
			}
			if err == nil && res.Facts.Partner.ID != c.want {
				t.Errorf("it is %s, want %s", res.Facts.Partner.ID, c.want)
			}
		})
	}
}

func TestAMadeUpPartnerHasTheGrantsOfItsTemplate(t *testing.T) {
	s := house(t, names(sdk.Allow, &sdk.Partner{ID: "SHOP17", From: "SHOP"}))
	res, err := s.Ask(t.Context(), sdk.PointIdentify, &sdk.Facts{Claim: &sdk.Claim{Name: "SHOP17"}}, chain.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	f := res.Facts
	f.Flow, f.Request = &sdk.Flow{ID: "PRICES"}, &sdk.RequestFacts{Direction: sdk.Send}
	if _, err := s.Ask(t.Context(), sdk.PointAuthorize, f, chain.Scope{Partner: "SHOP17"}); err != nil {
		t.Errorf("it may not fetch PRICES: %v", err)
	}
	f.Request.Direction = sdk.Receive
	if _, err := s.Ask(t.Context(), sdk.PointAuthorize, f, chain.Scope{Partner: "SHOP17"}); sdk.CodeOf(err) != sdk.DirectionForbidden {
		t.Errorf("it may send PRICES: %v", err)
	}
}
