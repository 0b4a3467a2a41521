package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// tx is the transaction that calls run in. What they change of entries is kept
// in memory until the commit; the transaction of the database is opened only
// for calls that work on the database itself.
type tx struct {
	w       *writer
	changed bool   // what is known of entries
	entered bool   // the database's transaction is open
	wrote   bool   // in the database, what is nowhere else
	early   bool   // the call at hand is answered before the commit
	owed    bool   // and is made again if the transaction is lost to a full disk
	undo    []undo // of what is known, from the first call of the transaction on
	told    []*job // answered already, and owed
	again   bool   // the call at hand was answered before, and its caller has gone
	newer   bool   // replay leaves entries alone that have come further
	failed  error  // the transaction as a whole is lost
}

// isolated runs one call so that its failure undoes only its own writes.
func (t *tx) isolated(j *job) error {
	undone := len(t.undo)
	if !j.store {
		err := j.run(t)
		if err != nil {
			t.takeBack(undone)
			t.doubt(err)
		}
		return err
	}
	if err := t.enter(); err != nil {
		if t.wrote || !isFull(err) {
			t.lose(err)
		}
		t.leave()
		return err
	}
	if err := t.exec("SAVEPOINT call"); err != nil {
		t.lose(err)
		return err
	}
	before := t.wrote
	err := j.run(t)
	if err == nil {
		if err = t.exec("RELEASE call"); err != nil {
			t.lose(err)
		}
		return err
	}
	t.wrote = before
	t.takeBack(undone)
	if lost := errors.Join(t.exec("ROLLBACK TO call"), t.exec("RELEASE call")); lost != nil {
		t.lose(err)
	}
	return err
}

// lose gives up the transaction as a whole.
func (t *tx) lose(err error) {
	t.failed = fmt.Errorf("the commit was lost with another call's: %w", err)
}

// doubt gives up the transaction when the database failed while its own was
// open: SQLite may have rolled that back by itself, even if the call only read,
// and what is written after that would be committed without what came before.
func (t *tx) doubt(err error) {
	if t.entered && isStorage(err) {
		t.lose(err)
	}
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
	_, err := t.run(query, args)
	return err
}

func (t *tx) run(query string, args []any) (sql.Result, error) {
	s, err := t.prepare(query)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(context.Background(), args...)
	return r, classify(t.w.path, err)
}

// write runs a statement that changes rows of the database itself, in a call
// that has entered it, and says how many.
func (t *tx) write(query string, args ...any) (int64, error) {
	r, err := t.run(query, args)
	if err != nil {
		return 0, err
	}
	t.wrote = true
	return r.RowsAffected()
}

// asking opens the database's transaction for reading: a query outside of one
// would begin and end one of its own, with locks. The writer is the only one
// that writes, so what it sees does not grow old.
func (t *tx) asking(query string) (*sql.Stmt, error) {
	if !t.w.reading {
		if err := t.exec("BEGIN"); err != nil {
			return nil, err
		}
		t.w.reading = true
	}
	return t.prepare(query)
}

func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	s, err := t.asking(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	return rows, classify(t.w.path, err)
}

// row scans the only row of a query; sql.ErrNoRows when there is none.
func (t *tx) row(dest []any, query string, args ...any) error {
	s, err := t.asking(query)
	if err != nil {
		return err
	}
	return classify(t.w.path, s.QueryRowContext(context.Background(), args...).Scan(dest...))
}
