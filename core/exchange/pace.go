package exchange

import (
	"time"

	"github.com/postern/postern/core/rate"
)

// pace holds one direction of an exchange to a meter. What was read or written counts at once; after it nothing more is
// read, or no more data said, until its time has passed. So the peer is held by its own connection, and nobody sleeps:
// the loop goes on, and commands, timers and answers with it.
type pace struct {
	meter rate.Meter
	most  int // bytes at once; 0: no limit
	timer *time.Timer
	held  bool
}

// set begins with another meter. Nobody is held by the one before any more.
func (p *pace) set(m rate.Meter) {
	p.meter, p.most = m, 0
	if m != nil {
		p.most = m.Quantum()
	}
	p.free()
}

func (p *pace) free() {
	p.held = false
	if p.timer != nil {
		p.timer.Stop()
	}
}

// passed counts n bytes.
func (p *pace) passed(n int) {
	if p.meter == nil || n == 0 {
		return
	}
	wait := p.meter.Take(n)
	switch {
	case wait <= 0:
		return
	case p.timer == nil:
		p.timer = time.NewTimer(wait)
	default:
		p.timer.Reset(wait)
	}
	p.held = true
}

// over is where the end of the hold is told.
func (p *pace) over() <-chan time.Time {
	if !p.held {
		return nil
	}
	return p.timer.C
}

// PaceIn holds what is read to a meter from now on, PaceOut the data of files that is said; nil: to none.
func (x *Exchange) PaceIn(m rate.Meter) {
	x.in.set(m)
	x.reader.most = x.in.most
}

// PaceOut does so with the data of files that is said. Other messages never wait.
func (x *Exchange) PaceOut(m rate.Meter) { x.out.set(m) }

// Held reports whether the peer waits because of a meter.
func (x *Exchange) Held() bool { return x.in.held || x.out.held }
