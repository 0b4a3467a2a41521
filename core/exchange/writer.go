package exchange

import (
	"net"
	"time"

	"github.com/postern/postern/sdk"
)

// outLimit is how many bytes may wait to be written before no more data is said.
const outLimit = 256 << 10

// sayLimit is how many bytes may wait to be written before the peer is not heard any more. It is more than the data that
// may wait, which is outLimit and one chunk.
const sayLimit = 2 << 20

// writer writes what was said in one system call per flush: at once as far as the socket takes it, the rest in another
// goroutine, which owns the segments until it answers on done; what is said meanwhile gathers in out. That goroutine is
// the one that comes to rest (see errand), or where none does one for writing.
type writer struct {
	conn     Conn
	now      now
	stall    time.Duration
	trace    func(sent bool, b []byte)
	jobs     chan net.Buffers
	done     chan error
	busy     bool
	todo     net.Buffers // the write that was begun, until a goroutine has taken it
	away     bool        // a goroutine that rests writes
	ended    bool
	muted    bool        // what waits is never written
	out      []byte      // what was said and not framed; out[cut:] follows the last segment
	cut      int         //
	segments net.Buffers // in order
	release  []func()    // of the framed segments
	waiting  int         // bytes in segments
	spare    []byte      // the out of the write under way
	served   net.Buffers // the segments of it
	flying   []func()
	left     net.Buffers // of the goroutine: what is still to be written
	sent     int         // bytes of the write under way
	failed   func()      // called when the goroutine could not write
	drained  bool        // a write has ended that needed no goroutine, and nobody was told yet
}

func (w *writer) start(c Conn, stall time.Duration, trace func(bool, []byte), failed func()) {
	w.conn, w.stall, w.trace, w.failed = c, stall, trace, failed
	w.done = make(chan error, 1)
	if trace == nil {
		w.now.open(c)
	}
}

// task takes the write that was begun; nil: there is none, or it is under way.
func (w *writer) task() net.Buffers {
	job := w.todo
	w.todo, w.away = nil, job != nil
	return job
}

// untask takes a task back that was not begun.
func (w *writer) untask(job net.Buffers) { w.todo, w.away = job, false }

// hand gives the task to the goroutine for writing, when nobody comes to rest who could do it.
func (w *writer) hand() {
	if job := w.todo; job != nil {
		w.todo = nil
		w.later(job)
	}
}

// later has the goroutine write, which most sessions never need.
func (w *writer) later(job net.Buffers) {
	if w.jobs == nil {
		w.jobs = make(chan net.Buffers)
		go func() {
			defer close(w.done)
			for job := range w.jobs {
				err := w.write(job)
				if w.done <- err; err != nil {
					w.failed()
				}
			}
		}()
	}
	w.jobs <- job
}

func (w *writer) write(job net.Buffers) (err error) {
	defer sdk.Caught(&err) // of what is below the connection, TLS or SSH
	if w.stall > 0 {
		if err := w.conn.SetWriteDeadline(time.Now().Add(w.stall)); err != nil {
			return err
		}
	}
	if w.trace != nil {
		for _, b := range job {
			w.trace(true, b)
		}
	}
	if c, ok := w.conn.(net.Conn); ok {
		w.left = job
		_, err := w.left.WriteTo(c)
		return err
	}
	for _, b := range job {
		if _, err := w.conn.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// frame queues b behind what was said before it.
func (w *writer) frame(b []byte, release func()) {
	w.seal()
	w.waiting += len(b)
	if last := len(w.segments) - 1; last >= 0 && follows(w.segments[last], b) {
		w.segments[last] = w.segments[last][:len(w.segments[last])+len(b)]
	} else {
		w.segments = append(w.segments, b)
	}
	if release != nil {
		w.release = append(w.release, release)
	}
}

// follows reports whether b lies right behind a in one buffer, as the parts of one block do: they are written as one.
func follows(a, b []byte) bool {
	return len(b) > 0 && cap(a)-len(a) >= len(b) && &a[:len(a)+1][len(a)] == &b[0]
}

// seal makes a segment of what was said since the last one.
func (w *writer) seal() {
	if len(w.out) > w.cut {
		b := w.out[w.cut:len(w.out):len(w.out)]
		w.segments = append(w.segments, b)
		w.waiting += len(b)
		w.cut = len(w.out)
	}
}

// flush writes everything said, unless a write is under way, and reports whether it began. Its end is told by drained, or
// on done where the goroutine writes.
func (w *writer) flush() bool {
	if w.busy || w.ended || w.muted {
		return false
	}
	w.seal()
	if len(w.segments) == 0 {
		return false
	}
	job := w.segments
	w.busy = true
	w.spare, w.out, w.cut = w.out[:0], w.spare[:0], 0
	w.flying, w.release = w.release, w.flying[:0]
	w.segments, w.served, w.sent, w.waiting = w.served[:0], job, w.waiting, 0
	if job = w.now.write(job); len(job) == 0 {
		w.finished()
		w.drained = true
	} else {
		w.todo = job
	}
	return true
}

// finished takes the buffers of the last write back.
func (w *writer) finished() {
	w.busy, w.away = false, false
	for _, f := range w.flying {
		f()
	}
	clear(w.flying)
	clear(w.served)
	w.flying = w.flying[:0]
}

// shed lets go of the buffers of a writer that is idle.
func (w *writer) shed() {
	w.out, w.spare, w.segments, w.served, w.cut = nil, nil, nil, nil, 0
	w.flying, w.release, w.now.job, w.left = nil, nil, nil, nil
}

func (w *writer) idle() bool  { return !w.busy && w.behind() == 0 && len(w.segments) == 0 }
func (w *writer) behind() int { return w.waiting + len(w.out) - w.cut }
func (w *writer) ready() bool { return w.behind() < outLimit }

// calm reports whether nobody waits for the end of a write: at most an answer is under way, with nothing behind it and no
// buffer that somebody else could use.
func (w *writer) calm() bool {
	return w.idle() || w.busy && w.sent < outLimit && len(w.flying) == 0 && len(w.segments) == 0 && w.behind() == 0
}

// stop waits for who writes; the connection is closed already, so that a write returns.
func (w *writer) stop() {
	if w.ended {
		return
	}
	w.ended = true
	if w.away {
		<-w.done
	}
	if w.jobs != nil {
		close(w.jobs)
		for range w.done {
		}
	}
	w.finished()
	for _, f := range w.release {
		f()
	}
	w.release, w.segments, w.waiting = nil, nil, 0
}
