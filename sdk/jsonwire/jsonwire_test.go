package jsonwire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/jsonwire"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/wire"
)

var all = wire.Shown{Password: true, Stored: true}

func question(p sdk.Point) sdk.Question {
	return sdk.Question{Point: p, Facts: exittest.Facts(p), Earlier: exittest.Changes(p)}
}

func TestAQuestionSurvivesBothWays(t *testing.T) {
	for _, row := range sdk.Points() {
		q := question(row.Point)
		show := all
		show.Config = `{"list":"partners.csv"}`
		b, err := jsonwire.AppendQuestion(nil, &q, show)
		if err != nil {
			t.Fatal(err)
		}
		back, config, err := jsonwire.ParseQuestion(b)
		if err != nil {
			t.Fatalf("%s: %v\n%s", row.Point, err, b)
		}
		if string(config) != show.Config {
			t.Errorf("%s: config %s", row.Point, config)
		}
		if got, want := wire.AppendQuestion(nil, &back, all), wire.AppendQuestion(nil, &q, all); string(got) != string(want) {
			t.Errorf("%s: another question came back from %s", row.Point, b)
		}
	}
}

func TestAVerdictSurvivesBothWays(t *testing.T) {
	for _, row := range sdk.Points() {
		for _, v := range []sdk.Verdict{sdk.PassVerdict(), sdk.AllowVerdict(), sdk.DenyVerdict(exittest.Refusal()), {Kind: sdk.Pass, Set: exittest.Changes(row.Point)}} {
			b, err := jsonwire.AppendVerdict(nil, row.Point, &v)
			if err != nil {
				t.Fatal(err)
			}
			back, err := jsonwire.ParseVerdict(row.Point, b)
			if err != nil {
				t.Fatalf("%s: %v\n%s", row.Point, err, b)
			}
			if got, want := wire.AppendVerdict(nil, row.Point, &back), wire.AppendVerdict(nil, row.Point, &v); string(got) != string(want) {
				t.Errorf("%s: another verdict came back from %s", row.Point, b)
			}
		}
	}
}

func TestNumbersOf64BitsAreNumbersOrStrings(t *testing.T) {
	q := question(sdk.PointResolve)
	q.Facts.Request.Size = 1 << 60
	b, _ := jsonwire.AppendQuestion(nil, &q, all)
	if !strings.Contains(string(b), `"size":1152921504606846976`) || !json.Valid(b) {
		t.Error(string(b))
	}
	for _, form := range []string{"1152921504606846976", `"1152921504606846976"`} {
		got, _, err := jsonwire.ParseQuestion([]byte(`{"point":"resolve","facts":{"request":{"size":` + form + `}}}`))
		if err != nil || got.Facts.Request.Size != 1<<60 {
			t.Errorf("%s: %v %v", form, got.Facts, err)
		}
	}
}

func TestAnEmptyListOfAPartnerMeansNone(t *testing.T) {
	v, err := jsonwire.ParseVerdict(sdk.PointIdentify, []byte(`{"verdict":"pass","set":{"partner":{"id":"A","receive":[ ],"send":["X"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if p := v.Set.Partner; p.Receive == nil || len(p.Receive) != 0 || p.Hours != nil || p.Send[0] != "X" {
		t.Errorf("%+v", p)
	}
}

func TestWhatIsNoAnswerIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       "the answer is empty",
		`pass`:                                   "no JSON object",
		`{"verdict":"pass"} {}`:                  "something behind it",
		`{"verdict":"maybe"}`:                    "none of pass, allow, refuse",
		`{"verdict":2}`:                          "none of pass, allow, refuse",
		`{}`:                                     "nothing is none of pass",
		`{"verdict":"pass","verdict":"refuse"}`:  "stands twice",
		`{"verdict":"pass","sett":{}}`:           `unknown field "sett"`,
		`{"verdict":"pass","set":{"flow":"X"}}`:  `unknown field "flow"`,
		`{"verdict":"pass","set":{"path":1}}`:    "path",
		`{"verdict":"refuse","temporary":"yes"}`: "temporary",
		`{"verdict":"pass"`:                      "at byte",
	} {
		_, err := jsonwire.ParseVerdict(sdk.PointOpen, []byte(text))
		if !errors.Is(err, jsonwire.ErrMessage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, which does not say %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"facts":{}}`:                                 "point",
		`{"point":"nowhere"}`:                          `"nowhere" is no exit point`,
		`{"point":"open","facts":{"claims":{}}}`:       `unknown field "claims"`,
		`{"point":"accept","facts":{"flow":{}}}`:       `unknown field "flow"`,
		`{"point":"identify","facts":{"time":"noon"}}`: "noon",
	} {
		if _, _, err := jsonwire.ParseQuestion([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, which does not say %q", text, err, want)
		}
	}
}

func FuzzVerdict(f *testing.F) {
	f.Add([]byte(`{"verdict":"pass","set":{"partner":{"id":"A","receive":[]}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range []sdk.Point{sdk.PointIdentify, sdk.PointOpen} {
			v, err := jsonwire.ParseVerdict(p, b)
			if err != nil {
				continue
			}
			again, err := jsonwire.AppendVerdict(nil, p, &v)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jsonwire.ParseVerdict(p, again); err != nil {
				t.Fatalf("%s: %v", again, err)
			}
		}
	})
}
