package sqlite

import (
	"errors"
	"fmt"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite/journal"
)

// commit ends the open transaction and answers those who wait for it.
func (w *writer) commit(store bool) {
	w.land()
	t := w.open
	if t == nil {
		return
	}
	w.late.off()
	err := w.finish(t, store)
	waiting := w.shut()
	if err != nil {
		t.takeBack(0)
		w.keep(t)
	}
	w.done(waiting, err)
}

// shut has calls run in another transaction from now on, and gives those who
// wait for this one.
func (w *writer) shut() []*job {
	waiting := w.waiting
	w.open, w.waiting, w.flusher = nil, nil, nil
	return waiting
}

// done answers those who have waited for a commit.
func (w *writer) done(waiting []*job, err error) {
	w.lagging.Store(w.lags())
	switch {
	case w.open != nil: // it has set the alarm
	case len(w.again) > 0 || !w.full.IsZero() && len(w.behind) > 0:
		w.late.in(retry)
	case len(w.behind) > 0:
		w.late.in(rest)
	}
	for _, j := range waiting {
		if j.err == nil {
			j.err = err
		}
		if j.err == nil && j.whole && w.lagging.Load() {
			j.err = errBehind
		}
		j.answer()
	}
}

var errBehind = errors.New("the disk has no room for all that the catalog's journal has")

// finish makes a transaction durable: in the database if it has written there,
// if it is time for that, or if the journal has no room; else in the journal.
func (w *writer) finish(t *tx, store bool) error {
	if t.failed != nil {
		t.leave()
		return t.failed
	}
	if !t.changed && !t.wrote && len(w.inside) == 0 && (!store || len(w.behind) == 0) {
		t.leave()
		return nil
	}
	began := time.Now()
	err := w.durable(t, store)
	if err != nil {
		t.leave()
	}
	return w.judge(time.Since(began), err)
}

// judge counts a commit, or says what its failure means.
func (w *writer) judge(took time.Duration, err error) error {
	if w.committed != nil {
		w.committed(took, err)
	}
	if err == nil {
		w.commits.Add(1)
		return nil
	}
	err = fmt.Errorf("commit: %w", err)
	if !isFull(err) {
		// What a failed write or fsync has left is not known: nothing may be
		// acknowledged on top of it.
		w.broken = fmt.Errorf("the catalog stopped writing after an error: %w", err)
		err = fmt.Errorf("%w: %w", catalog.ErrUncertain, err)
	}
	return err
}

func (w *writer) durable(t *tx, store bool) error {
	if t.wrote {
		return w.stored(t)
	}
	if store || t.entered || w.crowded() {
		err := w.stored(t)
		if !isFull(err) || !t.changed {
			return err
		}
		t.leave()
	}
	err := t.note()
	if errors.Is(err, journal.ErrFull) {
		return w.stored(t)
	}
	return err
}

// crowded says whether it is time to bring the database up to date.
func (w *writer) crowded() bool {
	return (len(w.behind) >= many || w.journal.Used() >= ripe) && time.Since(w.full) >= retry
}

// stored stores a transaction and remembers whether the database had room.
func (w *writer) stored(t *tx) error {
	err := t.store()
	w.full = time.Time{}
	if isFull(err) {
		w.full = time.Now()
	}
	return err
}
