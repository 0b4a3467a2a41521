// Package collector has Go's garbage collector run less often while garbage comes fast.
//
// The heap of this server is small, and a collection comes when it has doubled. Whoever makes much garbage, the SSH library
// with a copy of each packet, then has it collected fifty times a second, and each time all that lives is looked at. So
// the heap may grow to Floor as long as collections come in quick succession. Once they do not, what they have left is
// collected, and the heap is as small as ever.
//
// The main call is [Start].
package collector

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// Floor is how large the heap may be before garbage that comes fast is collected, in bytes.
const Floor = 64 << 20

// fast is how soon after each other collections come that are worth having fewer of.
const fast = time.Second / 2

// usual is what GOGC is without this package.
const usual = 100

// Collector watches the collections of this process.
type Collector struct {
	now func() time.Time

	mu    sync.Mutex
	last  time.Time // of the last collection
	share int       // what GOGC is now
	quiet *time.Timer
	ended bool
}

// Start begins to watch, unless the operator has said in GOGC how often garbage is collected. The memory limit of
// GOMEMLIMIT counts as ever.
func Start(now func() time.Time) *Collector {
	c := &Collector{now: now, share: usual}
	if os.Getenv("GOGC") == "" {
		c.last = now()
		c.await()
	}
	return c
}

// Close ends the watch: garbage is collected as usual.
func (c *Collector) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.set(usual)
	if c.quiet != nil {
		c.quiet.Stop()
	}
}

// await has the next collection tell: it finds what nobody holds.
func (c *Collector) await() {
	runtime.AddCleanup(&canary{}, func(c *Collector) { c.collected() }, c)
}

// canary is what the next collection finds. It bears a pointer, or it would share its place with other small things.
type canary struct{ _ *byte }

func (c *Collector) collected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.tune(c.now())
		c.await()
	}
}

// tune decides when the next collection is due, after one that was now. Small differences are left alone: each change stops
// the program for a moment.
func (c *Collector) tune(now time.Time) {
	share := usual
	if now.Sub(c.last) < fast {
		share = shareFor(live())
	}
	c.last = now
	if share != usual {
		c.rouse()
	}
	if share == usual || share > c.share+c.share/4 || share < c.share-c.share/4 {
		c.set(share)
	}
}

// rouse has what is left collected when no collection comes any more: without garbage none would, for minutes.
func (c *Collector) rouse() {
	if c.quiet == nil {
		c.quiet = time.AfterFunc(2*fast, c.sweep)
		return
	}
	c.quiet.Reset(2 * fast)
}

func (c *Collector) sweep() {
	c.mu.Lock()
	over := !c.ended && c.share != usual
	c.set(usual)
	c.mu.Unlock()
	if over {
		runtime.GC()
	}
}

func (c *Collector) set(share int) {
	if share != c.share {
		c.share = share
		debug.SetGCPercent(share)
	}
}

// shareFor is the GOGC with which a heap of which so many bytes live grows to Floor.
func shareFor(live uint64) int {
	if live == 0 || live >= Floor/2 {
		return usual
	}
	return int((Floor - live) * 100 / live)
}

// live is how many bytes the last collection has found in use.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s[0].Value.Uint64()
}
