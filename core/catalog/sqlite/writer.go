package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/catalog/sqlite/journal"
)

// maxGroup bounds how many calls share one commit, so that the first of them
// does not wait for an endless queue.
const maxGroup = 512

// lag is how long what need not be durable at once waits for the commit of
// something that must.
const lag = 20 * time.Millisecond

// writer owns the only connection that writes. Calls run one after the other in
// one transaction, each in the goroutine of its caller, which has the baton
// meanwhile, or of whoever has it then: nothing of a writer is used without it.
// A call that must be durable is answered after the commit, which one of those
// who wait for it makes, and which covers all of them. The baton is free while
// the journal is flushed; calls run in the next transaction meanwhile. A call
// that may be lost with the power (see catalog.Catalog) is answered at once and
// waits for the next commit in the open transaction, lag at the longest.
//
// What transfers do is committed to the journal, one write and one flush for
// all calls of a group, and kept in memory (known.go); the database takes the
// outcome of many commits at once: when it is many entries behind, when
// nothing has been written for a while, before a reader reads, and with each
// call that works on the database itself.
type writer struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	path    string
	baton   baton
	stop    chan struct{}
	gone    chan struct{} // closed: tend has ended
	broken  error         // set once: the storage failed, nothing is written any more
	commits atomic.Int64

	runs    *job   // it is run just now
	open    *tx    // nil: none
	waiting []*job // for the commit of open
	flusher *job   // of waiting: its caller makes that commit
	mine    *job   // the own call of whoever has the baton
	flight  *flight
	enough  time.Time // when a commit waits no longer for others to share it
	late    alarm
	again   []*job      // owed, and lost with their transaction: they come first in the next one
	lagging atomic.Bool // there is something that a reader would not see
	full    time.Time   // when the database had no room last; zero: it has

	journal *journal.Journal
	note    func(record []byte) error // journal.Append
	record  []byte                    // the buffer of the last one
	known   map[string]*known         // by id: what sessions hold, and what the database has otherwise or not yet
	behind  map[string]*known         // of known: what the database has otherwise or not yet
	index   index                     // of behind, but for what is gone
	census  census                    // of the database
	inside  []*known                  // of behind: what is in the database's open transaction
	reading bool                      // the database's transaction is open, if only for reading
	numbers map[string]counter
	seq     int64 // of the newest entry
	running int   // how many entries sessions hold

	committed func(took time.Duration, err error) // nil: nobody wants to know
}

type job struct {
	run    func(*tx) error
	chore  func() // instead of run: it needs the baton and no transaction
	alone  bool   // its caller runs no others: it would not outlive a panic
	store  bool   // it works on the database itself, which must be up to date for it
	read   bool   // it only reads, and is answered at once
	owed   bool   // it is made later where a full disk does not take it
	whole  bool   // it fails when the database is not up to date after it
	err    error
	flight *flight   // its caller writes it
	turns  chan turn // nil: its caller runs it itself, and it does not wait for a commit
	over   bool      // it was answered
}

func (j *job) answer() {
	j.over = true
	if j.turns != nil {
		j.turns <- answered
	}
}

func newWriter(conn *sql.Conn, path string, committed func(time.Duration, error)) *writer {
	return &writer{conn: conn, stmts: map[string]*sql.Stmt{}, path: path, committed: committed,
		known: map[string]*known{}, behind: map[string]*known{}, index: index{}, census: newCensus(), numbers: map[string]counter{},
		stop: make(chan struct{}), gone: make(chan struct{}), late: newAlarm()}
}

// submit runs a call, here or where the baton is.
func (w *writer) submit(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	mine, err := w.baton.take(j)
	if err != nil {
		return err
	}
	if mine && w.lead(j) {
		return j.err
	}
	for {
		if f := j.flight; f != nil {
			j.flight = nil
			w.fly(f)
		}
		t, err := w.await(ctx, j)
		switch {
		case err != nil:
			return err
		case t == answered, t == leads && w.lead(j):
			return j.err
		case t == flushes:
			w.chore(func() {
				if w.flusher == j { // else somebody has made the commit
					j.flight = w.depart()
				}
			})
		}
	}
}

// chore runs what needs the baton and is no call.
func (w *writer) chore(run func()) {
	_ = w.submit(context.Background(), &job{chore: run}) // closed: there is nothing left to do
}

// attend is chore in the goroutine that ends the process with a panic: it runs
// nobody's calls.
func (w *writer) attend(run func()) {
	_ = w.submit(context.Background(), &job{chore: run, alone: true})
}

// lead runs a call of one's own with the baton, and those that were left
// meanwhile, and gives it back. It says whether the call was answered.
func (w *writer) lead(j *job) (over bool) {
	returned := false
	defer func() {
		if !returned {
			w.panicked()
			w.baton.give()
		}
	}()
	w.mine = j
	w.call(j)
	for range maxGroup {
		if j.alone {
			break
		}
		q := w.baton.next(false)
		if q == nil {
			over = w.conclude()
			if q = w.baton.next(true); q == nil {
				returned = true
				return over
			}
		}
		w.call(q)
	}
	over = w.conclude()
	w.baton.give()
	returned = true
	return over
}

// conclude makes the commits that whoever has the baton makes: what was written
// in the database at once, and it begins that of its own call.
func (w *writer) conclude() (over bool) {
	if w.open != nil && w.open.entered {
		w.commit(false)
	}
	if w.flusher == w.mine {
		w.mine.flight = w.depart()
	}
	return w.mine.over
}

// settle makes visible to readers what they would not see.
func (w *writer) settle(ctx context.Context) {
	if w != nil { // nil: it is being opened
		_ = w.complete(ctx) // a reader reads what there is
	}
}

// complete brings the database up to date with all that was answered, or says
// why it is not.
func (w *writer) complete(ctx context.Context) error {
	if !w.lagging.Load() {
		return nil
	}
	return w.submit(ctx, &job{store: true, whole: true, run: func(*tx) error { return nil }})
}

// tend makes the commits that no call makes.
func (w *writer) tend() {
	defer close(w.gone)
	defer w.late.t.Stop()
	for {
		select {
		case <-w.late.t.C:
			var f *flight
			w.attend(func() { f = w.tick() })
			if f != nil {
				f.over()
				w.attend(w.landing(f))
			}
		case <-w.stop:
			w.attend(func() {
				w.flush()
				w.baton.close()
			})
			return
		}
	}
}

// tick does what it is time for. What it returns has to be written.
func (w *writer) tick() *flight {
	switch {
	case !w.late.due():
	case w.flight != nil:
		w.late.in(lag) // nobody waits for the disk with the baton who need not
	case len(w.waiting) == 0:
		w.flush()
	case w.flusher == nil:
		return w.depart()
	}
	return nil
}

// close waits for the commit under way, and commits what waits for one.
func (w *writer) close() error {
	close(w.stop)
	<-w.gone
	for _, s := range w.stmts {
		s.Close()
	}
	return errors.Join(w.conn.Close(), w.journal.Close())
}

// call runs one call in the open transaction.
func (w *writer) call(j *job) {
	w.runs = j
	if j.chore != nil {
		j.chore()
		w.runs = nil
		j.answer()
		return
	}
	if j.read {
		w.read(j)
		return
	}
	if j.store {
		w.land()
	}
	early := false
	if j.err = w.begin(); j.err == nil {
		t := w.open
		t.early, t.owed = false, j.owed
		j.err = t.isolated(j)
		if early = t.early && j.err == nil; early && t.owed {
			t.told = append(t.told, j)
		}
	}
	w.runs = nil
	switch {
	case j.owed && isFull(j.err):
		w.owe(j)
	case early:
		w.lagging.Store(w.lags())
		j.answer()
	case w.open == nil: // it could not begin
		j.answer()
	default:
		w.wait(j)
	}
	if w.open != nil && w.open.failed != nil {
		w.commit(false)
	}
}

// read runs a call that only reads, in the open transaction if there is one.
func (w *writer) read(j *job) {
	if len(w.again) > 0 {
		_ = w.begin() // which makes what is owed; a reader reads what there is
	}
	t := w.open
	if t == nil {
		t = &tx{w: w}
	}
	if j.err = j.run(t); t == w.open {
		t.doubt(j.err)
	}
	w.runs = nil
	j.answer()
	if w.open != nil && w.open.failed != nil {
		w.commit(false)
	}
}

// lags says whether there is something that a reader would not see.
func (w *writer) lags() bool {
	return len(w.behind) > 0 || len(w.again) > 0 || w.open != nil && (w.open.changed || w.open.wrote)
}

func (w *writer) begin() error {
	if w.open != nil || w.broken != nil {
		return w.broken
	}
	w.open = &tx{w: w}
	w.late.in(lag) // until commit, whoever began it
	return w.repeat(w.open)
}

// flush makes durable, in the database, what was answered early and what the
// journal has.
func (w *writer) flush() {
	w.land()
	if w.broken == nil && (w.open != nil || len(w.behind) > 0 || len(w.again) > 0) && w.begin() == nil {
		w.commit(true)
	}
}
