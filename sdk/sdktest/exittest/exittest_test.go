package exittest

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestAGoFunctionIsAWayOfLoading(t *testing.T) { Run(t, Reference()) }

func TestAnExitThatPassesKeepsTheContract(t *testing.T) { Contract(t, Reference()) }

func TestFactsHaveEverySectionOfTheirPoint(t *testing.T) {
	for _, row := range sdk.Points() {
		for _, s := range row.Facts {
			if sections[s] == nil {
				t.Errorf("%s: nothing makes the section %s", row.Point, s)
			}
		}
		f := Facts(row.Point)
		here := map[string]bool{"call": f.Call != nil, "claim": f.Claim != nil, "partner": f.Partner != nil, "proposed": f.Proposed != nil,
			"terms": f.Terms != nil, "request": f.Request != nil, "flow": f.Flow != nil, "target": f.Target != nil, "restart": f.Restart != nil,
			"filter": f.Filter != nil, "file": f.File != nil, "message": f.Message != nil, "interrupt": f.Interrupt != nil, "done": f.Done != nil,
			"close": f.Close != nil}
		for _, s := range row.Facts {
			if !here[s] {
				t.Errorf("%s: the section %s is not there", row.Point, s)
			}
		}
	}
}

func TestChangesSetTheWholeRow(t *testing.T) {
	for _, row := range sdk.Points() {
		c := Changes(row.Point)
		if got := c.Fields(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(row.Changes))) {
			t.Errorf("%s: set %v, the row has %v", row.Point, got, row.Changes)
		}
	}
}

// bent is Reference with its answers bent.
func bent(bend func(q sdk.Question, v *sdk.Verdict)) sdk.Exit {
	return Func(func(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
		v, err := reference(ctx, q)
		bend(q, &v)
		return v, err
	})
}

func TestEveryWayToAnswerWronglyIsFound(t *testing.T) {
	for name, bend := range map[string]func(sdk.Question, *sdk.Verdict){
		"another verdict": func(_ sdk.Question, v *sdk.Verdict) { v.Kind++ },
		"a lost code": func(_ sdk.Question, v *sdk.Verdict) {
			v.Refusal = edit(v.Refusal, func(r *sdk.Refusal) { r.Code = sdk.ExitFailed })
		},
		"a lost detail": func(_ sdk.Question, v *sdk.Verdict) {
			v.Refusal = edit(v.Refusal, func(r *sdk.Refusal) { r.Detail = "" })
		},
		"a lost sentence": func(_ sdk.Question, v *sdk.Verdict) {
			v.Refusal = edit(v.Refusal, func(r *sdk.Refusal) { r.Public = "" })
		},
		"a lost change": func(_ sdk.Question, v *sdk.Verdict) { v.Set = sdk.Changes{} },
	} {
		found := 0
		for _, c := range Cases() {
			if !c.Late && c.wrong(t.Context(), bent(bend)) != "" {
				found++
			}
		}
		if found == 0 {
			t.Errorf("%s is not found", name)
		}
	}
	deaf := Func(func(context.Context, sdk.Question) (sdk.Verdict, error) { return sdk.PassVerdict(), nil })
	for _, c := range Cases() {
		told := c.Question.Facts.Session
		if told != DoPass && !(told == DoSet && len(c.Want.Set.Fields()) == 0) && c.wrong(t.Context(), deaf) == "" {
			t.Errorf("%s: an exit that always passes is taken for a good one", c.Name)
		}
	}
}

func edit(r *sdk.Refusal, f func(*sdk.Refusal)) *sdk.Refusal {
	if r == nil {
		return nil
	}
	c := *r
	f(&c)
	return &c
}

func TestEveryBreachOfTheContractIsFound(t *testing.T) {
	var n atomic.Int64
	row, _ := sdk.PointOpen.Row()
	for name, f := range map[string]func(q sdk.Question) sdk.Verdict{
		"no verdict":          func(sdk.Question) sdk.Verdict { return sdk.Verdict{} },
		"allow":               func(sdk.Question) sdk.Verdict { return sdk.AllowVerdict() },
		"no refusal":          func(sdk.Question) sdk.Verdict { return sdk.DenyVerdict(nil) },
		"a code off the list": func(sdk.Question) sdk.Verdict { return sdk.DenyVerdict(&sdk.Refusal{Code: "x", Detail: "y"}) },
		"no detail":           func(sdk.Question) sdk.Verdict { return sdk.DenyVerdict(&sdk.Refusal{Code: sdk.FileName}) },
		"a foreign change":    func(sdk.Question) sdk.Verdict { return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Flow: to("x")}} },
		"a whim": func(sdk.Question) sdk.Verdict {
			return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Path: to(string(rune('a' + n.Add(1)%20)))}}
		},
	} {
		exit := Func(func(_ context.Context, q sdk.Question) (sdk.Verdict, error) { return f(q), nil })
		if breaches(t.Context(), exit, row, sdk.Question{Point: sdk.PointOpen, Facts: Facts(sdk.PointOpen)}) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}
