package bench

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
)

// result is one figure, as it stands in performance.json.
type result struct {
	Name     string  `json:"name"`
	Unit     string  `json:"unit"`
	Median   float64 `json:"median"`
	Min      float64 `json:"min"`
	Max      float64 `json:"max"`
	Baseline float64 `json:"baseline,omitempty"` // its median in the same rounds
	Ratio    float64 `json:"ratio,omitempty"`    // the median of the pairs' ratios
	Goal     string  `json:"goal,omitempty"`     // in words: "at most 3", "ratio at least 0.9"
	OK       bool    `json:"ok"`                 // whether the goal was met in this run; true without one
	Note     string  `json:"note,omitempty"`
}

// goal is what a figure should come to. A zero goal is none.
type goal struct {
	ratio       bool // about the ratio, not the figure
	least, most float64
}

func atMost(v float64) goal       { return goal{most: v} }
func ratioAtLeast(v float64) goal { return goal{ratio: true, least: v} }
func ratioAtMost(v float64) goal  { return goal{ratio: true, most: v} }

func (g goal) String() string {
	what := ""
	if g.ratio {
		what = "ratio "
	}
	switch {
	case g.least > 0:
		return fmt.Sprintf("%sat least %g", what, g.least)
	case g.most > 0:
		return fmt.Sprintf("%sat most %g", what, g.most)
	}
	return ""
}

func (g goal) met(r result) bool {
	v := r.Median
	if g.ratio {
		v = r.Ratio
	}
	return v >= g.least && (g.most == 0 || v <= g.most)
}

// reporter collects the results of a run.
type reporter struct {
	mu      sync.Mutex
	results []result
	blocks  []block
}

// block is what another program has said: a profile, counts of calls.
type block struct{ name, text string }

var report = &reporter{}

// add notes a figure measured in rounds, beside its baseline's in the same rounds (nil: there is none).
func (r *reporter) add(t *testing.T, name, unit string, values, baseline []float64, g goal, note string) {
	t.Helper()
	x := result{Name: name, Unit: unit, Median: median(values), Min: slices.Min(values), Max: slices.Max(values), Goal: g.String(), Note: note}
	if len(baseline) == len(values) {
		ratios := make([]float64, len(values))
		for i := range values {
			ratios[i] = values[i] / baseline[i]
		}
		x.Baseline, x.Ratio = median(baseline), median(ratios)
	}
	x.OK = g.met(x)
	t.Log(x.line())
	if note != "" {
		t.Log("    " + note)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, x)
}

// block notes what another program has said. Nothing is nothing.
func (r *reporter) block(t *testing.T, name, text string) {
	t.Helper()
	if text == "" {
		return
	}
	t.Logf("%s\n%s", name, text)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocks = append(r.blocks, block{name, text})
}

func (x result) line() string {
	s := fmt.Sprintf("%-52s %s %s (%s to %s)", x.Name, figure(x.Median), x.Unit, figure(x.Min), figure(x.Max))
	if x.Ratio > 0 {
		s += fmt.Sprintf(", baseline %s, ratio %s", figure(x.Baseline), figure(x.Ratio))
	}
	if x.Goal != "" {
		s += ", goal " + x.Goal + map[bool]string{true: ": met", false: ": MISSED"}[x.OK]
	}
	return s
}

// figure writes three significant digits.
func figure(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Sprint(v)
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	return fmt.Sprintf("%.*f", min(digits, 6), v)
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// pairs runs two measurements in turn, the order changing from round to round, and returns their figures.
func pairs[T any](t *testing.T, a, b func() T) (first, second []T) {
	t.Helper()
	v := turns(t, a, b)
	return v[0], v[1]
}

// turns runs measurements in turn, the order turning with each round, and returns the figures of each.
func turns[T any](t *testing.T, runs ...func() T) [][]T {
	t.Helper()
	v := make([][]T, len(runs))
	for round := range *rounds {
		for i := range runs {
			n := (i + round) % len(runs)
			v[n] = append(v[n], runs[n]())
		}
	}
	return v
}
