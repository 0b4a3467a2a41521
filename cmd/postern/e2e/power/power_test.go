package power

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/power/disk"
)

// state is a crash: the model, the moment and the seed say all of it.
type state struct {
	model disk.Model
	at    int
	seed  uint64
}

func (s state) String() string { return fmt.Sprintf("%v:%d:%d", s.model, s.at, s.seed) }

// draw draws crashes, three of four by the weaker model, in the order of their moments.
func draw(r *rand.Rand, n, last int) (all []state) {
	for range n {
		s := state{at: 1 + r.IntN(last), seed: r.Uint64()}
		if r.IntN(4) == 0 {
			s.model = disk.Journal
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b state) int { return a.at - b.at })
	return all
}

// try lets the power go at each state and gives those that broke a promise, at most so many.
func (c *court) try(all []state, most int) (broken []error) {
	machines := map[disk.Model]*disk.Machine{disk.Posix: disk.New(c.trace, disk.Posix), disk.Journal: disk.New(c.trace, disk.Journal)}
	for _, s := range all {
		m := machines[s.model]
		m.Advance(s.at)
		if err := c.judge(m.Crash(s.seed), s.at, s.seed); err != nil {
			broken = append(broken, fmt.Errorf("state %v: %w", s, err))
			if len(broken) >= most {
				break
			}
		}
	}
	return broken
}

func TestWhatWasAcknowledgedSurvivesALossOfPower(t *testing.T) {
	began := time.Now()
	r := record(t, postern)
	promises := r.promises(t)
	t.Logf("recorded in %v: %d calls, %d promises", time.Since(began), len(r.trace.Ops), len(promises))
	c, err := newCourt(r, promises)
	if err != nil {
		t.Fatal(err)
	}
	n := *states
	if n == 0 {
		n = 300
		if long() {
			n = 10_000
		}
	}
	from := *seed
	if from == 0 {
		from = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", from)
	began = time.Now()
	for _, err := range c.try(draw(rand.New(rand.NewPCG(from, 0)), n, r.trace.Last), 10) {
		t.Error(err)
	}
	t.Logf("%d states in %v", n, time.Since(began))
}
