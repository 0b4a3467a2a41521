package exchange

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// quietTime is how long the peer of an idle exchange is silent before what can be made anew in a moment is let go of. Peers
// that send one file after the other never get there.
const quietTime = 100 * time.Millisecond

// rest is how an exchange passes from one goroutine to the next while it waits for its peer.
type rest struct {
	resume func(context.Context) // Options.Resume
	life   context.Context       // that Rest was called with
	watch  func() bool           // ends the watch on life
	errand errand
}

// end ends the watch.
func (r *rest) end() {
	if r.watch != nil {
		r.watch()
	}
	r.errand.end()
}

// States of an exchange.
const (
	owned   uint32 = iota // somebody owns it
	marked                // and something may have happened since the owner looked
	resting               // nobody owns it
)

// Rest waits for the peer, when Next has returned Resting. It is called at the bottom of the stack, which is all that a
// session of an idle peer keeps. True: something has happened, and the caller goes on with Next. False: the exchange is
// another goroutine's, that of [Options.Resume], and the caller touches nothing any more.
//
// The goroutine that is here gives the exchange up and reads. Whoever has news first takes it: this one when its read has
// ended, so that a peer's word and our answer need no other goroutine; else a new one, and then this one only leaves what
// it has read. At the beginning, and where the peer has been quiet, a new one reads too, see recall.
//
// Before it reads it writes what the socket did not take without waiting, or what goes to no socket: see errand. Where that
// is data of a file another one reads, and this one goes on when it has written.
func (x *Exchange) Rest(ctx context.Context) bool {
	first := x.rest.watch == nil
	if first {
		x.rest.life, x.rest.watch = ctx, context.AfterFunc(ctx, x.rouseHere)
	}
	data := x.writesData()
	room, job := x.reader.task(), x.writer.task()
	switch {
	case room == nil:
	case data:
		go x.readBeside(room)
		room = nil
	case first || x.timer.hushed: // the call's handshake has needed much stack, too
		go x.readBehind(job, room)
		room, job = nil, nil
	}
	if !x.state.CompareAndSwap(owned, resting) {
		if room != nil {
			x.reader.untask()
		}
		if job != nil {
			x.writer.untask(job)
		}
		return true
	}
	if room = x.run(job, room); room == nil { // another one reads
		return data && x.seize()
	}
	x.reader.read(room)
	if !x.seize() {
		return false
	}
	select {
	case r := <-x.reader.got:
		x.received(r)
	default: // it was taken by an owner who has come to rest again
	}
	return true
}

// rests reports whether the owner may give the exchange up: nothing is under way but a read, what marks it, or the write of
// an answer, which is looked at when there is something else, or when it has failed.
func (x *Exchange) rests(ctx context.Context) bool {
	if x.rest.resume == nil || x.chunks != nil || x.gone != nil || x.deaf || x.Paused() || x.Held() {
		return false
	}
	if !x.writesData() && (!x.reads() || !x.reader.asked || x.hungry || !x.writer.calm()) {
		return false
	}
	x.state.Swap(owned)
	return !x.news(ctx)
}

// writesData reports whether data of a file is to be written by the goroutine that rests: the core that has just read it
// does that best, and it reads more when it is out. A peer that pipelines has more to say meanwhile.
func (x *Exchange) writesData() bool {
	return x.rest.resume != nil && x.most == 0 && x.writer.todo != nil && len(x.writer.flying) > 0
}

// news reports whether there is anything that wait would find.
func (x *Exchange) news(ctx context.Context) bool {
	return len(x.reader.got)+len(x.disk)+len(x.parts)+len(x.told.wake)+len(x.timer.rang) > 0 || ctx.Err() != nil
}

// seize marks an exchange that something has happened to. True: nobody owned it, and the caller does from now on.
func (x *Exchange) seize() bool { return x.state.Swap(marked) == resting }

// wake fills a channel that says that there is something to look at. It may come from any goroutine.
func (x *Exchange) wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
		x.rouse()
	default: // whoever has filled it rouses
	}
}

// rouse starts the goroutine that goes on, if the exchange rests. It may come from any goroutine, after what it is about
// can be seen.
func (x *Exchange) rouse() {
	if x.seize() {
		go x.rest.resume(x.rest.life)
	}
}

// rouseHere is rouse for a goroutine that has nothing else to do: it goes on itself.
func (x *Exchange) rouseHere() {
	if x.seize() {
		x.rest.resume(x.rest.life)
	}
}

// rings is what the timer does.
func (x *Exchange) rings() {
	select {
	case x.timer.rang <- struct{}{}:
		x.rouseHere()
	default:
	}
}

// readBeside reads while the owner waits for something else too.
func (x *Exchange) readBeside(room []byte) {
	x.reader.read(room)
	x.rouseHere()
}

// readBehind does so behind an answer.
func (x *Exchange) readBehind(job net.Buffers, room []byte) {
	if room = x.run(job, room); room != nil {
		x.readBeside(room)
	}
}

// shed lets go of what an exchange needs that works, and not one whose peer is quiet.
func (x *Exchange) shed() {
	x.events = nil
	if x.writer.idle() {
		x.writer.shed()
	}
	x.recall()
}

// recall ends the read under way, so that the next one begins on a new stack: the one it waits on is as large as the
// session ever needed it, and would stay so until the collector comes by. Only of a socket is it known that nothing is
// lost then.
func (x *Exchange) recall() {
	if x.rest.resume == nil || x.writer.now.raw == nil || !x.reader.reading() || x.conn.SetReadDeadline(time.Unix(1, 0)) != nil {
		return
	}
	r := <-x.reader.got
	_ = x.conn.SetReadDeadline(time.Time{}) // where it fails so does the next read
	if r.n == 0 && errors.Is(r.err, os.ErrDeadlineExceeded) {
		x.reader.untask()
		return
	}
	x.received(r)
}
