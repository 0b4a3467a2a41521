package stream

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// wakeSyncer has the syncer look what is to be done. It is started when it is first needed, which most short files never
// do. The caller is the writer, and holds mu.
func (r *Receiver) wakeSyncer() {
	if !r.syncs {
		r.syncs = true
		r.done.Go(r.sync)
	}
	r.due.Signal()
}

// sync is the syncer's goroutine: it makes points durable while the writer goes on.
func (r *Receiver) sync() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		for !r.closed && (r.held || !r.broken && !r.fresh && !r.finished && !r.stopping || r.broken && !r.stopping) {
			r.due.Wait()
		}
		if r.closed {
			return
		}
		stopping := r.stopping
		if err := r.flushPoints(); err != nil {
			r.mu.Unlock()
			r.fail(err, true)
			r.mu.Lock()
		}
		if stopping {
			r.stopping = false
			r.box.post(Signal{Kind: Stopped, Mark: r.saved})
		}
	}
}

// flushPoints makes what was written durable with one Sync, saves the highest point it covers with one Save, and
// signals. The caller holds mu; it is let go for the I/O.
func (r *Receiver) flushPoints() error {
	if r.broken {
		return nil
	}
	finishing, fresh := r.finished && r.err == nil, r.fresh
	r.fresh, r.finished = false, false
	if r.keeps(fresh) {
		r.syncing = true
		err := r.makeDurable()
		r.syncing = false
		r.work.Signal()
		if err != nil {
			return err
		}
	}
	if finishing {
		r.box.post(Signal{Kind: Finished, Totals: r.totals})
	}
	return nil
}

// keeps reports whether a point is to be saved now: with sync each, else only when the transfer stops.
func (r *Receiver) keeps(fresh bool) bool {
	n := len(r.marks)
	if n == 0 || r.marks[n-1].Point == r.saved.Point {
		return false
	}
	if r.o.Durability == sdk.DurabilitySync {
		return fresh || r.stopping
	}
	return r.stopping
}

// makeDurable syncs, saves and signals. The caller holds mu.
func (r *Receiver) makeDurable() error {
	r.stats.Syncs++
	r.mu.Unlock()
	durable, state, err := r.syncFile()
	r.mu.Lock()
	if err != nil {
		return fmt.Errorf("make the file durable: %w", err)
	}
	r.backend = state
	i := len(r.marks) - 1 // a backend that waits for a whole part covers points that came meanwhile
	for i >= 0 && r.marks[i].File > durable {
		i--
	}
	if i < 0 || r.marks[i].Point == r.saved.Point {
		return nil
	}
	r.stats.Points += int64(max(i+1-r.acked, 0))
	m := r.marks[i]
	m.Backend, r.upto = state, i+1
	if err := r.save(m); err != nil {
		return err
	}
	if r.o.Durability == sdk.DurabilitySync {
		r.acked = max(r.acked, r.upto)
		r.forget()
		r.box.post(Signal{Kind: Durable, Mark: m})
	}
	return nil
}

// save commits a mark. The caller holds mu; it is let go meanwhile.
func (r *Receiver) save(m Mark) error {
	r.mu.Unlock()
	err := r.saveMark(m)
	r.mu.Lock()
	if err != nil {
		return fmt.Errorf("save sync point %d: %w", m.Point, err)
	}
	r.stats.Saves++
	r.saved = m
	return nil
}

// syncFile and saveMark are done without mu, so that a panic finds it let go.
func (r *Receiver) syncFile() (durable int64, state []byte, err error) {
	defer r.o.Bug.Caught(&err)
	return r.o.Writer.Sync()
}

func (r *Receiver) saveMark(m Mark) (err error) {
	defer r.o.Bug.Caught(&err)
	return r.o.Save(m)
}
