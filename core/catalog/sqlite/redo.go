package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite/journal"
)

// The journal lies beside the database. The database says which one is its own
// and up to which record it has taken over what the journal says.

func journalOf(path string) string { return path + "-redo" }

const (
	metaJournal = "journal"       // its id, in hexadecimal
	metaTaken   = "journal taken" // the number of a record
)

// recall opens the journal of a database, or makes it when the database has
// none yet, and brings the database up to date with it.
func (w *writer) recall(ctx context.Context, random io.Reader) error {
	if err := w.conn.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM entry`).Scan(&w.seq); err != nil {
		return classify(w.path, err)
	}
	if err := w.census.take(ctx, w); err != nil {
		return err
	}
	id, taken, err := w.journalMeta(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		id, err = w.newJournal(ctx, random)
	}
	if err != nil {
		return err
	}
	j, records, err := journal.Open(journalOf(w.path), id, taken)
	if err != nil {
		return lostJournal(w.path, err)
	}
	w.journal, w.note = j, j.Append
	t := &tx{w: w}
	for _, r := range records {
		if err := t.replay(r); err != nil {
			return errors.Join(fmt.Errorf("take over what %s has: %w", journalOf(w.path), err), j.Close())
		}
	}
	if len(records) == 0 {
		j.Restart()
		return nil
	}
	if err := t.store(); err != nil {
		t.leave()
		return errors.Join(err, j.Close())
	}
	return nil
}

// lostJournal says what is wrong with a journal that should be there.
func lostJournal(path string, err error) error {
	var damage *journal.DamageError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &catalog.CorruptError{Path: path, Do: doJournal,
			What: "its journal " + journalOf(path) + " is missing: the newest transfers are in it"}
	case errors.As(err, &damage):
		return &catalog.CorruptError{Path: journalOf(path), Do: doJournal, What: damage.What}
	}
	return err
}

func (w *writer) journalMeta(ctx context.Context) (id journal.ID, taken uint64, err error) {
	var name, number string
	row := w.conn.QueryRowContext(ctx, `SELECT a.value, b.value FROM meta a, meta b WHERE a.name = ? AND b.name = ?`, metaJournal, metaTaken)
	if err := row.Scan(&name, &number); err != nil {
		return id, 0, classify(w.path, err)
	}
	taken, err = strconv.ParseUint(number, 10, 64)
	n, herr := hex.Decode(id[:], []byte(name))
	if err != nil || herr != nil || n != len(id) {
		return id, 0, damaged(w.path, "it does not say which journal is its own", errors.Join(err, herr))
	}
	return id, taken, nil
}

func (w *writer) newJournal(ctx context.Context, random io.Reader) (id journal.ID, err error) {
	if _, err := io.ReadFull(random, id[:]); err != nil {
		return id, err
	}
	if err := journal.Create(journalOf(w.path), id); err != nil {
		return id, err
	}
	_, err = w.conn.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?), (?, '0')`, metaJournal, hex.EncodeToString(id[:]), metaTaken)
	return id, classify(w.path, err)
}

// disown makes a copy of a database one without a journal. Nobody else has the copy, and all of it is in the one file
// afterwards: what Close could not take over from the log it would not say.
func disown(ctx context.Context, path string) (err error) {
	db, err := connect(path, false, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(classify(path, err), db.Close()) }()
	if _, err := db.ExecContext(ctx, `PRAGMA busy_timeout = 0; DELETE FROM meta WHERE name IN (?, ?)`, metaJournal, metaTaken); err != nil {
		return err
	}
	var busy, logged, taken int
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &taken); err != nil {
		return err
	}
	if busy != 0 {
		return fmt.Errorf("%s: the end of it is still in %s-wal: somebody else reads it", path, path)
	}
	return nil
}

// journal saves what the journal of a damaged catalog still has, newest last. A
// record that cannot be used is lost.
func (s *salvor) journal(ctx context.Context, fresh *Catalog) error {
	whole, err := os.ReadFile(journalOf(s.path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range journal.Survivors(whole, s.taken(ctx)) {
		err := fresh.write(ctx, "salvage", func(t *tx) error { t.newer = true; return t.replay(r) })
		if errors.Is(err, catalog.ErrCorrupt) || errors.Is(err, catalog.ErrNotFound) {
			s.got.Lost++
			continue
		}
		if err != nil {
			return err
		}
		s.got.Journal++
	}
	return nil
}

// taken is the record up to which the damaged database has everything, as far as it says so.
func (s *salvor) taken(ctx context.Context) uint64 {
	var number string
	if s.old.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, metaTaken).Scan(&number) != nil {
		return 0
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
