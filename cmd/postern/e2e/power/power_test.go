package power

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"path"
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

// draw draws crashes, three of four by the weaker model, in the order of their moments: one half at any moment, the other
// between two syncs or right after something was said, where every kind of file and of message is as likely as the others,
// however rare it is.
func draw(r *rand.Rand, n int, t *disk.Trace) (all []state) {
	windows := windowsOf(t)
	kinds := slices.Sorted(maps.Keys(windows))
	for range n {
		s := state{at: 1 + r.IntN(t.Last), seed: r.Uint64()}
		if r.IntN(4) == 0 {
			s.model = disk.Journal
		}
		if r.IntN(2) == 0 && len(kinds) > 0 {
			of := windows[kinds[r.IntN(len(kinds))]]
			w := of[r.IntN(len(of))]
			s.at = w[0] + r.IntN(w[1]-w[0])
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b state) int { return a.at - b.at })
	return all
}

// windowsOf gives the moments from one sync to the end of the next, by the kind of what the latter syncs: what the file is
// called, and how much was written to it last (a log's header is another thing than its frames). And those right after
// something was said, by its length.
func windowsOf(t *disk.Trace) map[string][][2]int {
	out, wrote, last := map[string][][2]int{}, map[disk.Node]int{}, 0
	for _, op := range t.Ops {
		switch {
		case op.Kind == disk.Write:
			wrote[op.Node] = len(op.Data)
		case op.Kind == disk.Say && op.Begin < t.Last-4:
			kind := fmt.Sprint("said", bits.Len(uint(len(op.Data))))
			out[kind] = append(out[kind], [2]int{op.Begin + 1, op.Begin + 4})
		case (op.Kind == disk.Sync || op.Kind == disk.Datasync) && op.End < t.Last-1:
			kind := fmt.Sprint(cmp.Or(path.Ext(op.Path), path.Base(op.Path)), bits.Len(uint(wrote[op.Node])))
			out[kind] = append(out[kind], [2]int{min(last, op.Begin) + 1, op.End + 2})
			last = op.End
		}
	}
	return out
}

// judge says what a crash broke.
type judge interface {
	judge(im *disk.Image, at int, seed uint64) error
}

// try lets the power go at each state and gives those that broke a promise, at most so many, and how many were tried.
func try(j judge, t *disk.Trace, all []state, most int) (broken []error, tried int) {
	machines := map[disk.Model]*disk.Machine{disk.Posix: disk.New(t, disk.Posix), disk.Journal: disk.New(t, disk.Journal)}
	for _, s := range all {
		m := machines[s.model]
		m.Advance(s.at)
		tried++
		if err := j.judge(m.Crash(s.seed), s.at, s.seed); err != nil {
			broken = append(broken, fmt.Errorf("state %v: %w", s, err))
			if len(broken) >= most {
				break
			}
		}
	}
	return broken, tried
}

// from is the seed of a test. It is printed: with it the test draws the same crashes again.
func from(t *testing.T) uint64 {
	n := *seed
	if n == 0 {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", n)
	return n
}

func TestWhatWasAcknowledgedSurvivesALossOfPower(t *testing.T) {
	n := *states
	if n == 0 {
		n = 100
		if long() {
			n = 10_000
		}
	}
	c := shipped(t)
	r := c.recording
	t.Logf("%d operations, %d promises", len(r.trace.Ops), len(c.promises))
	first := from(t)
	broken, _ := try(c, r.trace, draw(rand.New(rand.NewPCG(first, 0)), n, r.trace), 10)
	for _, err := range broken {
		t.Error(err)
	}
	results.crashes(n, first, len(r.trace.Ops), len(c.promises), len(broken))
}

func TestWhatIsRenamedRemovedOrPutAsideStaysSoAfterALossOfPower(t *testing.T) {
	d := drive(t, driver)
	n := 1000
	broken, _ := try(d, d.trace, draw(rand.New(rand.NewPCG(from(t), 0)), n, d.trace), 10)
	for _, err := range broken {
		t.Error(err)
	}
}
