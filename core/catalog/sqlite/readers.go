package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
)

// readers are the connections that read, with the statements they share.
type readers struct {
	db    *sql.DB
	path  string
	calls atomic.Int64
	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

func newReaders(db *sql.DB, path string) *readers {
	return &readers{db: db, path: path, stmts: map[string]*sql.Stmt{}}
}

func (r *readers) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.stmts[query]; s != nil {
		return s, nil
	}
	s, err := r.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, classify(r.path, err)
	}
	r.stmts[query] = s
	return s, nil
}

func (r *readers) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := r.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	return rows, classify(r.path, err)
}

func (r *readers) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all error
	for _, s := range r.stmts {
		all = errors.Join(all, s.Close())
	}
	return errors.Join(all, r.db.Close())
}
