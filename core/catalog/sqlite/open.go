// Package sqlite keeps the catalog in one SQLite database (modernc.org/sqlite,
// WAL, synchronous=FULL) with a journal before it: the embedded default. One
// caller at a time writes, and commits for all who wait: what transfers do to
// the journal, and many of these commits at once to the database. Readers run beside it on
// connections of their own, and have the database brought up to date first. SQL
// is nowhere else.
//
// It is not for several servers on one file: the data folder's lock is the
// caller's. The main call is Open.
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/postern/postern/core/catalog"
)

// Options of Open. The zero value is usable.
type Options struct {
	Now     func() time.Time // default time.Now
	Random  io.Reader        // for the database's identity; default crypto/rand
	Node    string           // owner of running entries; default "local"
	Readers int              // connections that read; default 4
	// MustExist: a database that never was is an error (fs.ErrNotExist) instead
	// of a new one.
	MustExist bool
	// CheckUpTo is the size in bytes up to which Open checks the whole
	// database; larger ones only by Check. 0: 32 MiB; below 0: never.
	CheckUpTo int64
	// Committed is told how long each commit took, and its error, while others wait to write: it must return at once.
	// nil: nobody.
	Committed func(took time.Duration, err error)
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Node == "" {
		o.Node = "local"
	}
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if o.CheckUpTo == 0 {
		o.CheckUpTo = 32 << 20
	}
	return o
}

// Catalog is an open database.
type Catalog struct {
	path   string
	opt    Options
	w      *writer
	writeD *sql.DB
	reads  *readers
	writes atomic.Int64
	close  sync.Once
	closed error
}

var _ catalog.Catalog = (*Catalog)(nil)

// Open opens the database at path (".../catalog.db", in an existing folder) and
// makes it when there was none. A small file catalog.id beside it remembers
// that there was one: a database that is missing, emptied, damaged, foreign or
// newer is a *catalog.CorruptError, never an empty catalog.
func Open(path string, o Options) (*Catalog, error) {
	o = o.withDefaults()
	fresh, err := examine(path)
	if err != nil {
		return nil, err
	}
	if fresh && o.MustExist {
		return nil, fmt.Errorf("open catalog %s: %w", path, os.ErrNotExist)
	}
	if fresh {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("create catalog: %w", err)
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("create catalog: %w", err)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	db, err := connect(path, false, 1)
	if err != nil {
		return nil, err
	}
	c, err := start(db, path, o)
	if err != nil {
		db.Close()
		return nil, classify(path, err)
	}
	return c, nil
}

func start(db *sql.DB, path string, o Options) (*Catalog, error) {
	ctx := context.Background()
	if err := prepare(ctx, db, path, o); err != nil {
		return nil, err
	}
	reading, err := connect(path, true, o.Readers)
	if err != nil {
		return nil, err
	}
	c := &Catalog{path: path, opt: o, writeD: db, reads: newReaders(reading, path)}
	if err := c.checkAtOpen(ctx); err != nil {
		return nil, errors.Join(err, c.reads.close())
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(opening(path, err), c.reads.close())
	}
	w := newWriter(conn, path, o.Committed)
	if err := w.recall(ctx, o.Random); err != nil {
		return nil, errors.Join(err, conn.Close(), c.reads.close())
	}
	c.w = w
	go w.tend()
	return c, nil
}

// connect opens connections with the settings that hold for all of them.
func connect(path string, readOnly bool, n int) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	q := url.Values{"mode": {"rw"}, "_pragma": {
		"busy_timeout(10000)", "synchronous(FULL)", "foreign_keys(1)", "cell_size_check(1)",
		"trusted_schema(0)", "cache_size(-8000)",
	}}
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(1)")
	}
	u := url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, opening(path, err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

func markerOf(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".id" }

func exists(path string) (bool, int64, error) {
	st, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, fmt.Errorf("open catalog: %w", err)
	}
	return true, st.Size(), nil
}

// examine looks at the files before SQLite does, which would quietly make a new
// database of a missing one. fresh: there never was one.
func examine(path string) (fresh bool, err error) {
	there, size, err := exists(path)
	if err != nil {
		return false, err
	}
	marked, _, err := exists(markerOf(path))
	if err != nil {
		return false, err
	}
	wal, _, err := exists(path + "-wal")
	if err != nil {
		return false, err
	}
	redo, _, err := exists(journalOf(path))
	if err != nil {
		return false, err
	}
	corrupt := func(what, do string) error { return &catalog.CorruptError{Path: path, What: what, Do: do} }
	switch {
	case !there && marked:
		return false, corrupt("the database is missing, though "+markerOf(path)+" says that there was one", doRestore)
	case !there && wal:
		return false, corrupt("the database is missing, though its log "+path+"-wal is there", doRestore)
	case !there && redo:
		return false, corrupt("the database is missing, though its journal "+journalOf(path)+" is there", doRestore)
	case there && size == 0 && marked:
		return false, corrupt("the database is empty, though there was one", doRestore)
	case there && size == 0 && !wal:
		return true, nil
	case there && wal:
		return false, checkWAL(path)
	}
	return !there, nil
}

// Close waits for the commit under way.
func (c *Catalog) Close() error {
	c.close.Do(func() {
		c.closed = errors.Join(c.w.close(), c.reads.close(), c.writeD.Close())
	})
	return c.closed
}

// Stats counts commits, writing and reading calls since Open.
func (c *Catalog) Stats() catalog.Stats {
	return catalog.Stats{Commits: c.w.commits.Load(), Writes: c.writes.Load(), Reads: c.reads.calls.Load()}
}

// change runs a call that changes entries, in a commit of its group.
func (c *Catalog) change(ctx context.Context, verb string, run func(*tx) error) error {
	return c.do(ctx, verb, &job{run: run})
}

// write runs a call that reads or writes what only the database has.
func (c *Catalog) write(ctx context.Context, verb string, run func(*tx) error) error {
	return c.do(ctx, verb, &job{run: run, store: true})
}

// look runs a call that only reads, where it sees what the database does not have yet.
func (c *Catalog) look(ctx context.Context, run func(*tx) error) error {
	return c.w.submit(ctx, &job{run: run, read: true})
}

func (c *Catalog) do(ctx context.Context, verb string, j *job) error {
	c.writes.Add(1)
	if err := c.w.submit(ctx, j); err != nil {
		return fmt.Errorf("catalog: %s: %w", verb, err)
	}
	return nil
}

func (c *Catalog) now() time.Time { return catalog.Instant(c.opt.Now()) }
