package exittest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Case is one question and what every way of loading must answer.
type Case struct {
	Name     string
	Question sdk.Question
	Want     sdk.Verdict
	// Fails: there must be an error, and no verdict counts. Late: it must come soon after the deadline.
	Fails, Late bool
	// Either: an error is as good as the verdict, for ways of loading that recognise an illegal answer by themselves.
	Either bool
}

// Cases lists the questions: every behaviour of [Reference] at every point but filter.
func Cases() []Case {
	var out []Case
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter {
			continue
		}
		for _, do := range []string{DoPass, DoAllow, DoRefuse, DoSet, DoTooMuch, DoUnknown, DoFail, DoLate} {
			out = append(out, newCase(row, do))
		}
	}
	return out
}

func newCase(row sdk.PointRow, do string) Case {
	f := Facts(row.Point)
	f.Session = do
	q := sdk.Question{Point: row.Point, Facts: f, Earlier: Changes(row.Point), Allowed: row.Allow}
	c := Case{Name: string(row.Point) + "/" + do, Question: q, Want: sdk.PassVerdict()}
	switch do {
	case DoAllow:
		c.Want, c.Either = sdk.AllowVerdict(), !row.Allow
	case DoRefuse:
		c.Want = sdk.DenyVerdict(Refusal())
	case DoSet:
		c.Want.Set = Changes(row.Point)
	case DoTooMuch:
		c.Want.Set.Path, c.Either = to("elsewhere"), true
		if row.Point == sdk.PointOpen {
			c.Want.Set = sdk.Changes{Reply: to("no question was asked")}
		}
	case DoUnknown:
		c.Want, c.Either = sdk.Verdict{Kind: 99}, true
	case DoFail:
		c.Fails = true
	case DoLate:
		c.Fails, c.Late = true, true
	}
	return c
}

// Probes lists, for one point, a question for each fact that crosses the contract there, for one that does not, and for
// the file where the point shows it.
func Probes(row sdk.PointRow) []Case {
	q := newCase(row, DoPass).Question
	keys := []string{"nobody", "request.nobody"}
	wire.EachFact(&q, shown, func(key, _ string) bool { keys = append(keys, key); return true })
	if row.Point == sdk.PointOpen || row.Point == sdk.PointVerify {
		keys = append(keys, keyContent)
	}
	var out []Case
	for _, key := range keys {
		c := newCase(row, DoProbe+key)
		c.Name = key
		c.Want = sdk.DenyVerdict(sdk.Refuse(sdk.ExitRefused, "%s", Probe(c.Question, key)))
		out = append(out, c)
	}
	return out
}

// Run asks an exit that was loaded in some way and behaves like [Reference] every case, first one by one and then all
// at once, and what it was told of every fact. The exit must have been granted the secrets and the file.
func Run(t *testing.T, exit sdk.Exit) {
	t.Helper()
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			if wrong := c.wrong(t.Context(), exit); wrong != "" {
				t.Error(wrong)
			}
		})
	}
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter {
			continue
		}
		t.Run(string(row.Point)+"/is told every fact", func(t *testing.T) {
			for _, c := range Probes(row) {
				if wrong := c.wrong(t.Context(), exit); wrong != "" {
					t.Errorf("%s:\n%s", c.Name, wrong)
				}
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 4 {
			for _, c := range Cases() {
				all.Go(func() {
					if wrong := c.wrong(t.Context(), exit); wrong != "" {
						t.Errorf("%s: %s", c.Name, wrong)
					}
				})
			}
		}
		all.Wait()
	})
}

// wrong says what is wrong with the answer, "" when nothing is.
func (c Case) wrong(ctx context.Context, exit sdk.Exit) string {
	wait := patience
	if c.Late {
		wait = 50 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	began := time.Now()
	got, err := exit.Decide(ctx, c.Question)
	switch took := time.Since(began); {
	case c.Late && took > patience/2:
		return fmt.Sprintf("came back %v after it was asked, its deadline was %v", took, wait)
	case c.Fails && err == nil:
		return "answered " + asJSON(got) + " instead of failing"
	case c.Fails, c.Either && err != nil:
	case err != nil:
		return "no answer: " + err.Error()
	case !same(got, c.Want):
		return fmt.Sprintf("got  %s\nwant %s", asJSON(got), asJSON(c.Want))
	}
	return ""
}

// same compares what crosses the contract: of a refusal code, temporariness, public and private text.
func same(a, b sdk.Verdict) bool {
	if a.Kind != b.Kind || (a.Refusal == nil) != (b.Refusal == nil) || asJSON(a.Set) != asJSON(b.Set) {
		return false
	}
	r, s := a.Refusal, b.Refusal
	return r == nil || (r.Code == s.Code && r.Temporary == s.Temporary && r.Public == s.Public && r.Detail == s.Detail)
}
