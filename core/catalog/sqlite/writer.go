package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/catalog"
)

// maxGroup bounds how many calls share one commit, so that the first of them
// does not wait for an endless queue.
const maxGroup = 512

// writer owns the only connection that writes. Its goroutine runs the calls
// that wait, one after the other, in one transaction, commits, and only then
// answers them: callers that arrive during a commit share the next one.
type writer struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	path    string
	jobs    chan *job
	stop    chan struct{}
	gone    chan struct{}
	broken  error // set once by the goroutine: the storage failed, nothing is written any more
	commits atomic.Int64

	committed func(took time.Duration, err error) // nil: nobody wants to know
}

type job struct {
	run   func(*tx) error
	taken atomic.Bool // by the writer, or by a caller that gave up
	err   error
	done  chan struct{}
}

// tx is the transaction that a call runs in.
type tx struct {
	w      *writer
	wrote  bool
	failed error // the transaction as a whole is lost
}

func newWriter(conn *sql.Conn, path string, committed func(time.Duration, error)) *writer {
	w := &writer{conn: conn, stmts: map[string]*sql.Stmt{}, path: path, committed: committed,
		jobs: make(chan *job), stop: make(chan struct{}), gone: make(chan struct{})}
	go w.loop()
	return w
}

// do runs a call in the next transaction and returns when it is durable. A
// caller whose context ends before its call was looked at gets its error; later
// it waits for the outcome.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	if err := ctx.Err(); err != nil { // the writer may be quicker than the choice below
		return err
	}
	j := &job{run: run, done: make(chan struct{})}
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

func (w *writer) loop() {
	defer close(w.gone)
	for {
		select {
		case j := <-w.jobs:
			w.group(j)
		case <-w.stop:
			return
		}
	}
}

// close waits for the commit under way.
func (w *writer) close() error {
	close(w.stop)
	<-w.gone
	for _, s := range w.stmts {
		s.Close()
	}
	return w.conn.Close()
}

// group runs first and everybody who waits, then commits once.
func (w *writer) group(first *job) {
	var ran []*job
	defer func() {
		for _, j := range ran {
			close(j.done)
		}
	}()
	t := &tx{w: w}
	err := w.broken
	if err == nil {
		err = t.exec("BEGIN IMMEDIATE")
	}
	for j := first; j != nil; j = w.waiting(len(ran)) {
		ran = append(ran, j)
		if err != nil {
			j.err = err
		} else if j.taken.CompareAndSwap(false, true) {
			j.err = t.isolated(j.run)
			err = t.failed
		}
	}
	if err != nil && t.failed == nil {
		return
	}
	if err := w.finish(t); err != nil {
		for _, j := range ran {
			if j.err == nil {
				j.err = err
			}
		}
	}
}

func (w *writer) waiting(ran int) *job {
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
	}
	_ = t.exec("ROLLBACK") // SQLite may have done it by itself
	return err
}

// isolated runs one call of the group so that its failure undoes only its own
// writes.
func (t *tx) isolated(run func(*tx) error) error {
	if err := t.exec("SAVEPOINT call"); err != nil {
		return err
	}
	before := t.wrote
	err := run(t)
	if err == nil {
		return t.exec("RELEASE call")
	}
	t.wrote = before
	if lost := errors.Join(t.exec("ROLLBACK TO call"), t.exec("RELEASE call")); lost != nil {
		t.failed = fmt.Errorf("the commit was lost with another call's: %w", err)
	}
	return err
}

func (t *tx) prepare(query string) (*sql.Stmt, error) {
	if s := t.w.stmts[query]; s != nil {
		return s, nil
	}
	s, err := t.w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, classify(t.w.path, err)
	}
	t.w.stmts[query] = s
	return s, nil
}

// exec runs a statement that does not change rows (BEGIN and the like).
func (t *tx) exec(query string, args ...any) error {
	s, err := t.prepare(query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background(), args...)
	return classify(t.w.path, err)
}

// write runs a statement that changes rows and says how many.
func (t *tx) write(query string, args ...any) (int64, error) {
	s, err := t.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, classify(t.w.path, err)
	}
	t.wrote = true
	return r.RowsAffected()
}

func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	s, err := t.prepare(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	return rows, classify(t.w.path, err)
}

// row scans the only row of a query; sql.ErrNoRows when there is none.
func (t *tx) row(dest []any, query string, args ...any) error {
	s, err := t.prepare(query)
	if err != nil {
		return err
	}
	return classify(t.w.path, s.QueryRowContext(context.Background(), args...).Scan(dest...))
}
