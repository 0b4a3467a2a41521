package exittest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

// patience is how long an exit under test may take for one answer.
const patience = 10 * time.Second

// Contract asks an exit at every point but filter, with all the facts of the point and with almost none, and the
// questions given besides. Of every answer must hold: the verdict is one of the three and legal at the point; a
// refusal has a code of the list and says why in private; changes stay in the point's row; the facts are as they were;
// the same question, asked by several goroutines at once, gets the same answer.
func Contract(t *testing.T, exit sdk.Exit, more ...sdk.Question) {
	t.Helper()
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter {
			continue
		}
		t.Run(string(row.Point), func(t *testing.T) {
			questions := []sdk.Question{{Point: row.Point, Facts: Facts(row.Point)}, {Point: row.Point, Facts: &sdk.Facts{Session: "bare"}}}
			for _, q := range more {
				if q.Point == row.Point {
					questions = append(questions, q)
				}
			}
			for _, q := range questions {
				for _, p := range breaches(t.Context(), exit, row, q) {
					t.Error(p)
				}
			}
		})
	}
}

// breaches asks one question several times and says what does not hold of the answers.
func breaches(ctx context.Context, exit sdk.Exit, row sdk.PointRow, q sdk.Question) []string {
	before := asJSON(q.Facts)
	first, err := decide(ctx, exit, q)
	if err != nil {
		return []string{"no answer: " + err.Error()}
	}
	out := judge(row, first)
	var all sync.WaitGroup
	again := make([]string, 8)
	for i := range again {
		all.Go(func() {
			v, err := decide(ctx, exit, q)
			if again[i] = asJSON(v); err != nil {
				again[i] = err.Error()
			}
		})
	}
	all.Wait()
	for _, a := range again {
		if a != asJSON(first) {
			out = append(out, "asked again it answered "+a+", at first "+asJSON(first))
			break
		}
	}
	if after := asJSON(q.Facts); after != before {
		out = append(out, "the exit changed its facts from "+before+" to "+after)
	}
	return out
}

func decide(ctx context.Context, exit sdk.Exit, q sdk.Question) (sdk.Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return exit.Decide(ctx, q)
}

func judge(row sdk.PointRow, v sdk.Verdict) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch {
	case v.Kind != sdk.Pass && v.Kind != sdk.Allow && v.Kind != sdk.Deny:
		say("verdict %d is none", v.Kind)
	case v.Kind == sdk.Allow && !row.Allow:
		say("allow is no answer at %s", row.Point)
	case v.Kind == sdk.Deny && v.Refusal == nil:
		say("refused without a refusal")
	case v.Kind == sdk.Deny:
		if _, ok := v.Refusal.Code.Row(); !ok || v.Refusal.Detail == "" {
			say("refused with code %q and detail %q", string(v.Refusal.Code), v.Refusal.Detail)
		}
	}
	for _, f := range v.Set.Fields() {
		if !slices.Contains(row.Changes, f) {
			say("changed %s, which may not be changed at %s", f, row.Point)
		}
	}
	return out
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "not JSON: " + err.Error()
	}
	return string(b)
}
