package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/catalog"
)

// maxGroup bounds how many calls share one commit, so that the first of them
// does not wait for an endless queue.
const maxGroup = 512

// lag is how long what need not be durable at once waits for the commit of
// something that must.
const lag = 20 * time.Millisecond

// writer owns the only connection that writes. Its goroutine runs the calls
// that come, one after the other, in one transaction. A call that must be
// durable is answered after the commit: callers that arrive during a commit
// share the next one. A call that may be lost with the power (see
// catalog.Catalog) is answered at once and waits for the next commit in the
// open transaction, lag at the longest.
type writer struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	path    string
	jobs    chan *job
	stop    chan struct{}
	gone    chan struct{}
	broken  error // set once by the goroutine: the storage failed, nothing is written any more
	commits atomic.Int64

	open    *tx    // nil: none
	waiting []*job // for the commit of open
	late    *time.Timer
	again   []*job      // owed, and lost with their transaction: they come first in the next one
	lagging atomic.Bool // open or again holds what was answered already
	live    map[string]stored

	committed func(took time.Duration, err error) // nil: nobody wants to know
}

type job struct {
	run   func(*tx) error
	owed  bool        // it is made later where a full disk does not take it
	whole bool        // an error of it after a write loses the transaction, so that it needs no savepoint
	taken atomic.Bool // by the writer, or by a caller that gave up
	err   error
	done  chan struct{}
}

func newWriter(conn *sql.Conn, path string, committed func(time.Duration, error)) *writer {
	w := &writer{conn: conn, stmts: map[string]*sql.Stmt{}, path: path, committed: committed, live: map[string]stored{},
		jobs: make(chan *job), stop: make(chan struct{}), gone: make(chan struct{}), late: time.NewTimer(0)}
	go w.loop()
	return w
}

// do runs a call in the next transaction and returns when it is durable, or
// when the call has said that it is answered early. A caller whose context ends
// before its call was looked at gets its error; later it waits for the outcome.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	return w.submit(ctx, &job{run: run})
}

func (w *writer) submit(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil { // the writer may be quicker than the choice below
		return err
	}
	j.done = make(chan struct{})
	select {
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

// settle makes durable, and visible to readers, what was answered early.
func (w *writer) settle(ctx context.Context) {
	if w != nil && w.lagging.Load() { // nil: it is being opened
		_ = w.do(ctx, func(*tx) error { return nil }) // a reader reads what there is
	}
}

func (w *writer) loop() {
	defer close(w.gone)
	defer w.late.Stop()
	for {
		select {
		case j := <-w.jobs:
			w.group(j)
		case <-w.late.C:
			w.flush()
		case <-w.stop:
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
	return w.conn.Close()
}

// group runs first and everybody who waits, and commits if one of them must be
// durable.
func (w *writer) group(first *job) {
	ran := 0
	for j := first; j != nil; j = w.next(ran) {
		w.call(j)
		ran++
	}
	if len(w.waiting) > 0 {
		w.gather()
		w.commit()
	}
}

func (w *writer) next(ran int) *job {
	if ran >= maxGroup {
		return nil
	}
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
	early := false
	if j.err = w.begin(); j.err == nil {
		t := w.open
		t.early, t.owed = false, j.owed
		j.err = t.isolated(j)
		if early = t.early && j.err == nil; early && t.owed {
			t.told = append(t.told, j)
		}
	}
	switch {
	case j.owed && isFull(j.err):
		w.owe(j)
	case early:
		w.lagging.Store(true)
		close(j.done)
	case w.open == nil: // it could not begin
		close(j.done)
	default:
		w.waiting = append(w.waiting, j)
	}
	if w.open != nil && w.open.failed != nil {
		w.commit()
	}
}

func (w *writer) begin() error {
	if w.open != nil || w.broken != nil {
		return w.broken
	}
	t := &tx{w: w}
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	w.open = t
	w.late.Reset(lag) // until commit, whoever began it
	return w.repeat(t)
}

// flush commits what was answered early.
func (w *writer) flush() {
	if w.open != nil || len(w.again) > 0 && w.begin() == nil {
		w.commit()
	}
}

// commit ends the open transaction and answers those who wait for it.
func (w *writer) commit() {
	t, waiting := w.open, w.waiting
	if t == nil {
		return
	}
	w.late.Stop()
	err := w.finish(t)
	w.open, w.waiting = nil, nil
	if err != nil {
		t.takeBack(0)
		w.keep(t)
	}
	if w.lagging.Store(len(w.again) > 0); len(w.again) > 0 {
		w.late.Reset(retry)
	}
	for _, j := range waiting {
		if j.err == nil {
			j.err = err
		}
		close(j.done)
	}
}

func (w *writer) finish(t *tx) error {
	if t.failed != nil {
		// SQLite may have ended the transaction by itself; then there is
		// nothing to roll back.
		_ = t.exec("ROLLBACK")
		return t.failed
	}
	if !t.wrote {
		return t.exec("ROLLBACK")
	}
	began := time.Now()
	err := t.exec("COMMIT")
	if w.committed != nil {
		w.committed(time.Since(began), err)
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
	_ = t.exec("ROLLBACK") // SQLite may have done it by itself
	return err
}
