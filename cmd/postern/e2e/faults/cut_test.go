package faults

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/cable"
	"github.com/postern/postern/cmd/postern/e2e/invariant"
)

const cutNetwork = "a network that is cut at a random byte"

// hasty ends what is silent soon.
const hasty = "{first_byte: 1s, connect: 1s, message: 1s, idle: 1s, abort: 200ms}"

// storm plans a cut for a call, seldom none.
func storm(r *rand.Rand, size int, counted *atomic.Int64) *cable.Cut {
	if r.IntN(8) == 0 {
		return nil
	}
	ways := cable.Ways()
	c := &cable.Cut{How: ways[r.IntN(len(ways))], Up: r.IntN(2) == 0, After: int64(r.IntN(size + 2000))}
	if r.IntN(2) == 0 { // where acknowledgements and the dialogue are
		c.After = int64(r.IntN(600))
	}
	counted.Add(1)
	return c
}

func TestNothingIsLostOrSentTwiceOverANetworkThatIsCut(t *testing.T) {
	each(t, cutNetwork, runs(1, 8), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(hasty, exits()))
		h.mustRun()
		calm := invariant.Descriptors(h.cmd.Process.Pid)
		jobs := h.load(r)
		for _, j := range jobs {
			j.timeout = "1s"
			if j.out() {
				if err := j.offer(); err != nil {
					t.Fatal(err)
				}
			}
		}
		var planned atomic.Int64
		for _, l := range []string{"plain", "secure"} {
			plans := make(chan *cable.Cut, 64) // drawn here: the draws must not depend on who calls first
			for range cap(plans) {
				plans <- storm(r, 300_000, &planned)
			}
			h.lay(l, func() *cable.Cut {
				select {
				case c := <-plans:
					return c
				default:
					return nil
				}
			})
		}
		for range 2 {
			if err := together(jobs, nil); err != nil {
				t.Error(err)
			}
		}
		cuts := 0
		for _, l := range []string{"plain", "secure"} {
			cuts += h.cables[l].Cuts()
			h.lay(l, nil) // which ends what is silent still
		}
		book.add(cutNetwork, "connections cut", cuts)
		for _, j := range jobs {
			j.timeout = "20s"
		}
		acknowledged := h.finish(jobs)
		if err := h.Idle(20 * time.Second); err != nil {
			t.Error(err)
		}
		h.calm(calm)
		h.settled(acknowledged)
	})
}

// calm waits until no more descriptors are open than before; two are for a database connection that comes and goes.
func (h *house) calm(before int) {
	h.Helper()
	if before == 0 {
		return
	}
	now := 0
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if now = invariant.Descriptors(h.cmd.Process.Pid); now <= before+8 {
			return
		}
	}
	h.Errorf("%d descriptors are open, %d before the first call", now, before)
}
