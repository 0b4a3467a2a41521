package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/examples/internal/readme"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func TestTheReadmeRuns(t *testing.T) { readme.Open(t, nil).Play(t) }

// ask asks identify about a caller, with a list and a server that knows one password for all hashes.
func ask(t *testing.T, list, settings, name, password string) (sdk.Verdict, []string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "partners.csv")
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	var asked []string
	ctx := guest.With(t.Context(), &guest.Host{
		Config: guest.Settings(`{"list":"` + path + `"` + settings + `}`),
		VerifyPassword: func(_ context.Context, hash string, _ guest.Which) (bool, error) {
			asked = append(asked, hash)
			return hash == "$"+password, nil
		}})
	v, err := identify(ctx, sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: name}}})
	return v, asked, err
}

const twoShops = "name,password,template,days,from,to,zone,send\nA,$a,SHOP,mon-fri sun,06:00,22:30,Europe/Paris,X Y\nB,$b,SHOP,,,,,\n"

func TestAListedPartnerIsMadeUpFromItsTemplate(t *testing.T) {
	v, _, err := ask(t, twoShops, "", "A", "a")
	if err != nil || v.Kind != sdk.Allow || v.Set.Partner == nil {
		t.Fatalf("got %v %v, %v", v.Kind, v.Refusal, err)
	}
	p := v.Set.Partner
	if p.ID != "A" || p.From != "SHOP" || strings.Join(p.Send, " ") != "X Y" || p.Receive != nil || len(p.Hours) != 1 {
		t.Fatalf("made up %+v", p)
	}
	if h := p.Hours[0]; len(h.Days) != 6 || h.From != 6*time.Hour || h.To != 22*time.Hour+30*time.Minute || h.Zone.String() != "Europe/Paris" {
		t.Errorf("its hours are %+v", h)
	}
}

func TestAnUnknownNameCostsAsMuchAsAWrongPassword(t *testing.T) {
	wrong, once, err := ask(t, twoShops, "", "A", "x")
	unknown, also, err2 := ask(t, twoShops, "", "C", "a") // even with the password of the hash that stands in
	if err != nil || err2 != nil || wrong.Kind != sdk.Deny || unknown.Kind != sdk.Deny {
		t.Fatalf("got %v, %v and %v, %v", wrong.Kind, err, unknown.Kind, err2)
	}
	if len(once) != 1 || len(also) != 1 || wrong.Refusal.Public != unknown.Refusal.Public || wrong.Refusal.Temporary != unknown.Refusal.Temporary {
		t.Errorf("%q asked for %v, %q for %v", wrong.Refusal.Public, once, unknown.Refusal.Public, also)
	}
	if v, asked, err := ask(t, twoShops, `,"others":"pass"`, "C", "a"); err != nil || v.Kind != sdk.Pass || asked != nil {
		t.Errorf("left to others: %v, %v, asked for %v", v.Kind, err, asked)
	}
}

func TestABadListLetsNobodyIn(t *testing.T) {
	for name, list := range map[string]string{
		"empty":          "",
		"no column":      "name,password\nA,$a\n",
		"unknown column": "name,password,template,colour\nA,$a,SHOP,red\n",
		"plain password": "name,password,template\nA,$a,SHOP\nB,b,SHOP\n",
		"twice":          "name,password,template\nA,$a,SHOP\nA,$a,SHOP\n",
		"no such day":    "name,password,template,days\nA,$a,SHOP,someday\n",
		"no such time":   "name,password,template,from\nA,$a,SHOP,noon\n",
		"short line":     "name,password,template\nA,$a\n",
	} {
		if v, _, err := ask(t, list, "", "A", "a"); err == nil {
			t.Errorf("%s: answered %v", name, v.Kind)
		}
	}
}
