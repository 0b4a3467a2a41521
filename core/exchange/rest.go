package exchange

import (
	"context"
	"time"
)

// quietTime is how long the peer of an idle exchange is silent before the owner's goroutine is given up. Peers that send one
// file after the other never get there.
const quietTime = 100 * time.Millisecond

// rest is what an exchange has whose owner gave its goroutine up. A goroutine that has once done some work keeps the
// stack it needed for that; one that has only read keeps a quarter of it.
type rest struct {
	resume func(context.Context) // Options.Resume
	life   context.Context       // that Next was called with
	alarm  *time.Timer           // the timer of the exchange; nil: it does not run
	watch  func() bool           // ends the watch on life
}

// rests gives the owner's goroutine up, unless something has happened. From then on nothing here is the caller's: the
// first to rouse the exchange starts the goroutine that goes on.
func (x *Exchange) rests(ctx context.Context) bool {
	if x.rest.resume == nil || !x.still() {
		x.timer.again()
		return false
	}
	x.events = nil
	x.writer.shed()
	end, runs := x.timer.lay()
	if runs {
		x.rest.alarm = time.AfterFunc(time.Until(end), x.rouse)
	}
	x.rest.life, x.rest.watch = ctx, context.AfterFunc(ctx, x.rouse)
	notices := x.notices
	x.resting.Store(true)
	// What came before that has roused nobody.
	if len(x.reader.got)+len(notices)+len(x.parts)+len(x.told.wake) == 0 && ctx.Err() == nil && (!runs || time.Now().Before(end)) {
		return true
	}
	if !x.resting.CompareAndSwap(true, false) {
		return true
	}
	x.rise()
	return false
}

// still reports whether nothing is under way but a read.
func (x *Exchange) still() bool {
	return x.reader.asked && x.writer.idle() && x.chunks == nil && x.gone == nil && !x.deaf && !x.Paused() && !x.Held()
}

// rouse starts the goroutine that goes on, if the exchange rests. It may come from any goroutine, after what it is about
// can be seen.
func (x *Exchange) rouse() {
	if x.resting.CompareAndSwap(true, false) {
		go func() {
			ctx := x.rest.life
			x.rise()
			x.rest.resume(ctx)
		}()
	}
}

// rise ends what stood in for the goroutine.
func (x *Exchange) rise() {
	x.rest.watch()
	if x.rest.alarm != nil {
		x.rest.alarm.Stop()
	}
	x.rest.life, x.rest.watch, x.rest.alarm = nil, nil, nil
	x.timer.again()
}
