package sdk_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestTermsAreOneObjectInJSON(t *testing.T) {
	terms := sdk.Terms{sdk.WordsTerm("compression", "horizontal"), sdk.FlagTerm("resync", true), sdk.NumberTerm("window", 8)}
	b, err := json.Marshal(terms)
	if want := `{"compression":["horizontal"],"resync":true,"window":8}`; err != nil || string(b) != want {
		t.Fatalf("got %s, %v, want %s", b, err, want)
	}
	var back sdk.Terms
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, terms) {
		t.Errorf("got %v, %v back, want %v", back, err, terms)
	}
}

func TestMeetingTermsIsNoWiderThanEither(t *testing.T) {
	ours := sdk.Terms{sdk.NumberTerm("window", 8), sdk.FlagTerm("resync", false), sdk.WordsTerm("compression", "horizontal", "vertical")}
	theirs := sdk.Terms{sdk.NumberTerm("window", 2), sdk.FlagTerm("resync", true), sdk.WordsTerm("compression", "vertical"), sdk.NumberTerm("new", 1)}
	both := ours.Meet(theirs)
	for _, wide := range []sdk.Terms{ours, theirs} {
		if name, ok := both.NoWider(wide); !ok {
			t.Errorf("%s is wider in %v than in %v", name, both, wide)
		}
	}
	if both.Number("window") != 2 || both.Flag("resync") || len(both) != 3 {
		t.Errorf("got %v", both)
	}
	if name, ok := theirs.NoWider(ours); ok || name != "resync" {
		t.Errorf("got %q, %t: resync is wider in %v than in %v", name, ok, theirs, ours)
	}
}

func TestPublicSentencesGiveNothingAway(t *testing.T) {
	rows := map[sdk.Code]sdk.CodeRow{}
	for _, r := range sdk.Codes() {
		if _, twice := rows[r.Code]; twice || r.Public == "" {
			t.Errorf("%s is there twice, or has no public sentence", r.Code)
		}
		rows[r.Code] = r
	}
	unknown, wrong := rows[sdk.PartnerUnknown], rows[sdk.PartnerPassword]
	unknown.Code = wrong.Code
	if unknown != wrong {
		t.Errorf("an unknown partner and a wrong password can be told apart: %v, %v", unknown, wrong)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	s := sdk.NewSecret("hunter2")
	b, err := json.Marshal(struct{ S sdk.Secret }{s})
	if err != nil || string(b) != `{"S":"***"}` || s.String() != "***" {
		t.Errorf("got %s %s %v", b, s, err)
	}
}
