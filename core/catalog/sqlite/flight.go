package sqlite

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// flight is a transaction on its way into the journal. There is one at a time;
// calls run in the next transaction meanwhile, on top of what it has changed.
type flight struct {
	tx      *tx
	waiting []*job
	once    sync.Once
	write   func() error
	took    time.Duration
	err     error // of the write
}

// fly writes what has departed, without the baton, and takes in what has become of it.
func (w *writer) fly(f *flight) {
	defer w.chore(w.landing(f))
	f.over()
}

func (w *writer) landing(f *flight) func() {
	return func() {
		if w.flight == f { // else somebody had to wait for it
			w.land()
		}
	}
}

// over waits until it was written, or does it.
func (f *flight) over() {
	f.once.Do(func() {
		began := time.Now()
		f.err = errWrite
		defer func() { f.took = time.Since(began) }()
		f.err = f.write()
	})
}

// errWrite: a panic in the write.
var errWrite = errors.New("the write into the journal did not end")

// depart ends the open transaction, which the caller writes into the journal
// next, see fly. One that does not belong there is committed at once, and nil is returned.
func (w *writer) depart() *flight {
	t := w.open
	if t == nil || w.flight != nil {
		return nil
	}
	if t.failed != nil || t.wrote || t.entered || !t.changed || w.crowded() {
		w.commit(false)
		return nil
	}
	record, err := t.record()
	if err != nil || !w.journal.Fits(len(record)) {
		w.commit(false)
		return nil
	}
	t.noted()
	w.late.off()
	w.flight = &flight{tx: t, waiting: w.shut(), write: func() error { return w.note(record) }}
	return w.flight
}

// land takes in what has become of the transaction that is on its way, if there
// is one. What was changed on top of one that is lost is lost too.
func (w *writer) land() {
	f := w.flight
	if f == nil {
		return
	}
	f.over()
	w.flight = nil
	err := w.judge(f.took, f.err)
	if err == nil {
		w.done(f.waiting, nil)
		w.appoint()
		return
	}
	after := w.open
	waiting := w.shut()
	if after != nil {
		after.leave()
		after.takeBack(0)
		w.keep(after)
	}
	f.tx.takeBack(0)
	w.keep(f.tx)
	w.late.off()
	w.done(f.waiting, err)
	w.done(waiting, fmt.Errorf("the commit was lost with the one before it: %w", err))
}
