package process

import (
	"context"
	"fmt"
	"time"

	"github.com/postern/postern/sdk"
)

// failedStarts in a row open the breaker: then an exit that is asked says why it is not started.
const failedStarts = 3

// supervise keeps a process running until the exit is closed. It is the only one who changes the standing.
func (e *Exit) supervise(c *child) {
	defer close(e.over)
	pause, failures := e.set.Limits.Backoff, 0
	for {
		select {
		case <-e.calm.Done():
			stop := context.AfterFunc(e.life, c.proc.kill)
			c.leave(e.set.Limits.Stop)
			stop()
			return
		case <-c.proc.gone:
		}
		e.stand(ErrDown, "its process ended (%s) and is about to be started again", c.proc.state)
		e.set.Log.Error("the exit's process ended", "pid", c.proc.pid, "state", c.proc.state, "lived", e.set.Now().Sub(c.began).String())
		c.bury()
		if c.answered.Load() { // it works, as a rule
			pause, failures = e.set.Limits.Backoff, 0
		}
		for c = nil; c == nil; {
			if !e.rest(pause) {
				return
			}
			pause = min(2*pause, longestBackoff)
			if c = e.restart(&failures, pause); c != nil {
				e.now.Store(&standing{child: c})
				e.set.Log.Info("the exit's process runs again", "pid", c.proc.pid)
			}
		}
	}
}

// restart starts the program again; nil: it could not.
func (e *Exit) restart(failures *int, next time.Duration) *child {
	c, err := e.start(e.calm)
	if err == nil {
		if err = e.same(&c.manifest); err == nil {
			*failures = 0
			return c
		}
		c.abandon()
	}
	*failures++
	e.set.Log.Error("the exit's process could not be started", "error", err, "times", *failures, "next", next.String())
	kind := error(ErrDown)
	if *failures >= failedStarts {
		kind = ErrOpen
	}
	e.stand(kind, "its process could not be started (attempt %d in a row) and is tried again in %s: %v", *failures, next, err)
	return nil
}

func (e *Exit) stand(kind error, format string, args ...any) {
	e.now.Store(&standing{kind: kind, why: fmt.Sprintf(format, args...)})
}

// rest waits; false when the exit is closed meanwhile.
func (e *Exit) rest(pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-e.calm.Done():
		return false
	}
}

// good says that a process answered in time.
func (c *child) good() {
	c.missed.Store(0)
	if !c.answered.Load() {
		c.answered.Store(true)
	}
}

// late says that a process did not answer in time. counts: it had all the time of the point. It is asked whether it is
// there at all, and is killed if not, or if it was late too often. Calls that were late together count once: a busy
// moment is not a process that hangs.
func (e *Exit) late(c *child, p sdk.Point, counts bool) {
	now := time.Now()
	if began, last := now.Add(-e.set.Limits.deadline(p)).UnixNano(), c.lastMiss.Load(); began < last || !c.lastMiss.CompareAndSwap(last, now.UnixNano()) {
		counts = false
	}
	if counts && int(c.missed.Add(1)) >= e.set.Limits.Misses {
		e.set.Log.Error("the exit's process missed too many deadlines and is killed", "pid", c.proc.pid, "deadlines", e.set.Limits.Misses)
		c.proc.kill()
		return
	}
	e.probe(c)
}

// probePatience is how long a process may take to say that it is there.
const probePatience = time.Second

// probe asks a process what it is, and kills it if it does not answer. One probe runs at a time; the supervisor waits for it.
func (e *Exit) probe(c *child) {
	if !c.probing.CompareAndSwap(false, true) {
		return
	}
	c.beside(func() {
		defer c.probing.Store(false)
		ctx, cancel := context.WithTimeout(e.life, probePatience)
		defer cancel()
		probed := child{conn: c.conn}
		if err := probed.describe(ctx); err != nil && e.life.Err() == nil {
			select {
			case <-c.proc.gone:
			default:
				e.set.Log.Error("the exit's process does not answer and is killed", "pid", c.proc.pid, "error", err)
				c.proc.kill()
			}
		}
	})
}
