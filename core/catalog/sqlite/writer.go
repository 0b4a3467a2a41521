package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/catalog"
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
// meanwhile: nothing of a writer is used without it but its channels. A call
// that must be durable is answered after the commit: who makes one runs the
// calls of those who wait for the baton too, and they share it. A call that may
// be lost with the power (see catalog.Catalog) is answered at once and waits for
// the next commit in the open transaction, lag at the longest.
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
	baton   chan struct{} // full: somebody has it
	jobs    chan *job     // to whoever has the baton and makes a commit
	stop    chan struct{}
	gone    chan struct{} // closed: nobody gets the baton any more
	broken  error         // set once: the storage failed, nothing is written any more
	commits atomic.Int64

	runs    *job   // it is run just now
	open    *tx    // nil: none
	waiting []*job // for the commit of open
	late    alarm
	again   []*job      // owed, and lost with their transaction: they come first in the next one
	lagging atomic.Bool // there is something that a reader would not see
	full    time.Time   // when the database had no room last; zero: it has

	journal *journal.Journal
	record  []byte            // the buffer of the last one
	known   map[string]*known // by id: what sessions hold, and what the database has otherwise or not yet
	behind  map[string]*known // of known: what the database has otherwise or not yet
	index   index             // of behind, but for what is gone
	census  census            // of the database
	inside  []*known          // of behind: what is in the database's open transaction
	reading bool              // the database's transaction is open, if only for reading
	numbers map[string]counter
	seq     int64 // of the newest entry
	running int   // how many entries sessions hold

	committed func(took time.Duration, err error) // nil: nobody wants to know
}

type job struct {
	run   func(*tx) error
	store bool        // it works on the database itself, which must be up to date for it
	read  bool        // it only reads, and is answered at once
	owed  bool        // it is made later where a full disk does not take it
	whole bool        // it fails when the database is not up to date after it
	taken atomic.Bool // by the writer, or by a caller that gave up
	err   error
	done  chan struct{} // nil: its caller runs it itself
}

func (j *job) answer() {
	if j.done != nil {
		close(j.done)
	}
}

func newWriter(conn *sql.Conn, path string, committed func(time.Duration, error)) *writer {
	return &writer{conn: conn, stmts: map[string]*sql.Stmt{}, path: path, committed: committed,
		known: map[string]*known{}, behind: map[string]*known{}, index: index{}, census: newCensus(), numbers: map[string]counter{},
		baton: make(chan struct{}, 1), jobs: make(chan *job), stop: make(chan struct{}), gone: make(chan struct{}), late: newAlarm()}
}

// submit runs a call, here or where a commit is made that it can share.
func (w *writer) submit(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil { // the choices below may be quicker
		return err
	}
	select {
	case w.baton <- struct{}{}:
		return w.lead(j)
	default:
	}
	j.done = make(chan struct{})
	select {
	case w.baton <- struct{}{}:
		j.done = nil
		return w.lead(j)
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.gone:
		return catalog.ErrClosed
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
	}
	if j.taken.CompareAndSwap(false, true) {
		return ctx.Err()
	}
	<-j.done
	return j.err
}

// lead runs a call of one's own with the baton, and gives it back.
func (w *writer) lead(j *job) error {
	returned := false
	defer func() {
		if !returned {
			w.panicked()
		}
		<-w.baton
	}()
	w.group(j)
	returned = true
	return j.err
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

// tend makes the commits that no call makes. The baton stays with it in the end.
func (w *writer) tend() {
	defer close(w.gone)
	defer w.late.t.Stop()
	for {
		select {
		case <-w.late.t.C:
			w.baton <- struct{}{}
			if w.late.due() {
				w.flush()
			}
			<-w.baton
		case <-w.stop:
			w.baton <- struct{}{}
			w.flush()
			return
		}
	}
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

// group runs a call and, if it must be durable, those of everybody who waits,
// and commits.
func (w *writer) group(first *job) {
	w.call(first)
	if len(w.waiting) == 0 {
		return
	}
	for ran := 1; ran < maxGroup; ran++ {
		j := w.next()
		if j == nil {
			break
		}
		w.call(j)
	}
	if len(w.waiting) > 0 { // a call that failed may have ended the transaction
		w.gather()
		w.commit(false)
	}
}

func (w *writer) next() *job {
	select {
	case j := <-w.jobs:
		return j
	default:
		return nil
	}
}

// call runs one call in the open transaction.
func (w *writer) call(j *job) {
	if !j.taken.CompareAndSwap(false, true) {
		return // its caller has gone
	}
	w.runs = j
	if j.read {
		w.read(j)
		return
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
		w.waiting = append(w.waiting, j)
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
	if w.broken == nil && (w.open != nil || len(w.behind) > 0 || len(w.again) > 0) && w.begin() == nil {
		w.commit(true)
	}
}
