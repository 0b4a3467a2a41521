// Package processors has Go use more processors than the machine has while many
// files end.
//
// A goroutine that is in a system call keeps its processor until the runtime's
// monitor takes it away, some tens of microseconds later at the earliest. A
// flush of a disk takes a few hundred, so on two cores two flushes stop the
// server while its processors do nothing. Where few files end, each of them
// large, more processors only have more threads wake each other.
//
// The main call is [Watch]. What is bounded by the number of processors because
// it computes has to ask for it before, or ask the machine (a container's limit
// of processor time included).
package processors

import (
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/postern/postern/sdk"
)

// spare is how many flushes of a disk may be under way while as many goroutines
// compute as the machine has processors.
const spare = 6

// Many files end where many do within a short time. Where none of these times
// comes for calm, the processors are taken away again.
const (
	many  = 20
	short = 100 * time.Millisecond
	calm  = 2 * time.Second
)

// Watcher is an [sdk.Observer] of transfers that end.
type Watcher struct {
	mu    sync.Mutex
	off   bool      // the operator has said how many processors there are
	began time.Time // of the time in which ends are counted
	ends  int
	last  time.Time // when many ended
	more  bool      // there are spare processors
	quiet *time.Timer
}

// Watch begins to watch, unless the operator has said in GOMAXPROCS how many
// processors there are.
func Watch() *Watcher { return &Watcher{off: os.Getenv("GOMAXPROCS") != ""} }

// Observe counts the transfers that end well: their files are flushed.
func (w *Watcher) Observe(o sdk.Observation) {
	if o.What != sdk.TransferEnded {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.off {
		return
	}
	if o.Time.Sub(w.began) > short {
		w.began, w.ends = o.Time, 0
	}
	if w.ends++; w.ends < many {
		return
	}
	w.began, w.ends, w.last = o.Time, 0, o.Time
	w.add()
}

// add adds the spare processors, and sees to it that somebody looks whether it
// is calm again. That stops the program for a moment.
func (w *Watcher) add() {
	if w.more {
		return
	}
	w.more = true
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	w.await()
}

// await has somebody look whether many files end from now on.
func (w *Watcher) await() {
	seen := w.last
	w.quiet = time.AfterFunc(calm, func() { w.look(seen) })
}

// look takes the processors away if many files have not ended since seen.
func (w *Watcher) look(seen time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.more:
	case w.last.Equal(seen):
		w.remove()
	default:
		w.await()
	}
}

// remove gives back how many there are to Go, which follows the machine and the limit of a container.
func (w *Watcher) remove() {
	runtime.SetDefaultGOMAXPROCS()
	w.more = false
}

// Close ends the watch: Go has as many processors as before.
func (w *Watcher) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off = true
	if w.more {
		w.quiet.Stop()
		w.remove()
	}
}
