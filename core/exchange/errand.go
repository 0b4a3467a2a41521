package exchange

import (
	"net"
	"sync"
	"time"
)

// overdue is how long the write of an answer may keep the read behind it waiting; up to twice as long, since nobody counts
// from its beginning. A shorter time than all other timers have would wake the thread that waits for the network each time.
const overdue = 2 * quietTime

// errand is the read of a goroutine that writes an answer first: a stream that is no socket, TLS or a channel of SSH, may
// wait for its peer, and a goroutine for each answer costs more than the answer. A peer that takes nothing before it has
// said more is read all the same: once the write is overdue another goroutine reads.
type errand struct {
	mu    sync.Mutex
	room  []byte      // what the read fills, until somebody has taken it
	round uint64      // of errands
	seen  uint64      // the round that the timer has found under way
	armed bool        // the timer runs
	timer *time.Timer // shared by all errands that follow each other within its time
	over  bool
}

// run does the write that comes before a read, and gives the room if that read is still to be done.
func (x *Exchange) run(job net.Buffers, room []byte) []byte {
	if job == nil {
		return room
	}
	e := &x.rest.errand
	if room != nil {
		e.begin(room, x.late)
	}
	err := x.writer.write(job)
	if x.writer.done <- err; err != nil {
		x.rouse()
	}
	if room == nil {
		return nil
	}
	return e.take()
}

// begin notes the read, and sees to it that somebody looks whether it comes to pass.
func (e *errand) begin(room []byte, late func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.room = room
	e.round++
	switch {
	case e.armed || e.over:
	case e.timer == nil:
		e.armed, e.timer = true, time.AfterFunc(overdue, late)
	default:
		e.armed = true
		e.timer.Reset(overdue)
	}
}

// take gives the read to who does it; nil: it has been taken.
func (e *errand) take() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	room := e.room
	e.room = nil
	return room
}

// late looks, on a goroutine of its own, whether a write is overdue, and reads in the place of who writes.
func (x *Exchange) late() {
	if room := x.rest.errand.missed(); room != nil {
		x.readBeside(room)
	}
}

// missed gives the read whose write the timer finds for the second time.
func (e *errand) missed() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed = false
	room := e.room
	switch {
	case room == nil:
	case e.seen != e.round:
		e.seen, e.armed, room = e.round, true, nil
		e.timer.Reset(overdue)
	default:
		e.room = nil
	}
	return room
}

// end has nobody look any more.
func (e *errand) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	if e.timer != nil {
		e.timer.Stop()
	}
}
