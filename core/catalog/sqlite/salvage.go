package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/postern/postern/core/catalog"
)

// Salvaged says what Salvage saved and lost.
type Salvaged struct {
	Entries   int `json:"entries"`
	Points    int `json:"points"`
	Decisions int `json:"decisions"` // rows: the decisions of one transition each
	Events    int `json:"events"`
	Refusals  int `json:"refusals"`
	Overrides int `json:"overrides"`
	Offers    int `json:"offers"` // that were being made
	// Journal is how many of the newest commits were still in the journal alone;
	// the counts above say what the database had.
	Journal int `json:"journal"`
	// Lost is how many rows could be seen and not saved: their content is
	// damaged, or an index still names them.
	Lost int `json:"lost"`
	// LostPages: part of the file could not be read at all, so there may have
	// been more rows than Lost counts.
	LostPages bool `json:"lost_pages"`
}

// Salvage reads what can be read of the damaged database at from and writes it
// into a new one at to, which must not exist and can be moved; its journal is
// made when it is opened. It changes nothing at from. What it saves is whole:
// rows whose checksum is wrong are lost.
func Salvage(ctx context.Context, from, to string, o Options) (Salvaged, error) {
	var got Salvaged
	if there, _, err := exists(to); err != nil || there {
		return got, errors.Join(err, fmt.Errorf("salvage the catalog: %s is there already", to))
	}
	dir, err := copyDamaged(from)
	if err != nil {
		return got, fmt.Errorf("salvage the catalog: %w", err)
	}
	defer os.RemoveAll(dir)
	s := &salvor{path: from, got: &got}
	if err := s.open(ctx, dir, o); err != nil {
		return got, fmt.Errorf("salvage the catalog: %w", err)
	}
	defer s.old.Close()
	fresh, err := Open(to, o)
	if err != nil {
		return got, fmt.Errorf("salvage the catalog: %w", err)
	}
	err = s.run(ctx, fresh)
	if err == nil { // its own journal is removed
		err = fresh.w.complete(ctx)
	}
	if err != nil {
		return got, errors.Join(fmt.Errorf("salvage the catalog: %w", err), fresh.Close())
	}
	return got, errors.Join(fresh.Close(), disown(ctx, to), os.Remove(journalOf(to)))
}

// copyDamaged copies the database and its log, so that looking at them cannot
// change them.
func copyDamaged(from string) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "postern-salvage-"); err != nil {
		return "", err
	}
	for _, suffix := range []string{"", "-wal"} {
		err := copyFile(from+suffix, dir+"/catalog.db"+suffix)
		if err != nil && !(suffix != "" && errors.Is(err, os.ErrNotExist)) {
			return "", errors.Join(err, os.RemoveAll(dir))
		}
	}
	if err := lengthen(dir + "/catalog.db"); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// lengthen gives a file that lost its end the length that its beginning tells: SQLite opens no shorter one. The pages
// that are missing read as damaged ones.
func lengthen(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	var head [100]byte // SQLite file format §1.3: the page size at 16, the number of pages at 28
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil // too short even for that: opening it says so
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	size := page * int64(binary.BigEndian.Uint32(head[28:]))
	if size <= st.Size() || size > longest {
		return nil
	}
	return f.Truncate(size)
}

// longest is the length up to which a damaged beginning is believed.
const longest = 1 << 40

// saver writes the row under a cursor into the new catalog; false: it is not
// whole.
type saver func(t *tx, seq int64, rows *sql.Rows) (bool, error)

type salvor struct {
	path string
	old  *sql.DB
	got  *Salvaged
	// grafted: the definitions of the tables were damaged, and are those of a new database
	grafted bool
}

// open opens the copy in a folder, with definitions of a new database where its own cannot be read.
func (s *salvor) open(ctx context.Context, dir string, o Options) (err error) {
	name := dir + "/catalog.db"
	if s.old, err = connect(name, false, 1); err != nil {
		return err
	}
	damage := s.readable(ctx)
	if !errors.Is(damage, errNothing) {
		if damage != nil {
			s.old.Close()
		}
		return damage
	}
	s.old.Close()
	if err := graft(name, dir, o); err != nil {
		return err
	}
	s.grafted, s.got.LostPages = true, true
	s.old, err = connect(name, false, 1)
	return err
}

func (s *salvor) run(ctx context.Context, fresh *Catalog) error {
	err := s.tables(ctx, fresh)
	if err == nil {
		err = s.journal(ctx, fresh)
	}
	if err == nil && s.grafted && s.got.Entries == 0 {
		return &catalog.CorruptError{Path: s.path, What: "nothing can be read", Do: "restore a backup"}
	}
	return err
}

func (s *salvor) tables(ctx context.Context, fresh *Catalog) error {
	return fresh.write(ctx, "salvage", func(t *tx) error {
		for _, table := range []struct {
			name string
			save saver
			n    *int
		}{
			{"entry", s.entry, &s.got.Entries}, {"progress", s.progress, &s.got.Points}, {"event", s.event, &s.got.Events},
			{"decision", s.decision, &s.got.Decisions},
			{"refusal", s.refusal, &s.got.Refusals}, {"preparation", s.preparation, &s.got.Offers},
		} {
			if !s.has(ctx, table.name) {
				continue
			}
			n, err := s.table(ctx, t, table.name, table.save)
			*table.n = n
			if err != nil {
				return fmt.Errorf("table %s: %w", table.name, err)
			}
		}
		return s.overrides(ctx, t)
	})
}

// has says whether the database has a table, as far as can be read: an old one lacks what came later.
func (s *salvor) has(ctx context.Context, table string) bool {
	var n int
	err := s.old.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = ?`, table).Scan(&n)
	return err != nil || n > 0
}

// readable says whether SQLite can make anything of the file.
func (s *salvor) readable(ctx context.Context) error {
	var n int
	err := s.old.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'entry'`).Scan(&n)
	if err != nil {
		return fmt.Errorf("%w: %w", errNothing, classify(s.path, err))
	}
	if n == 0 {
		return &catalog.CorruptError{Path: s.path, What: "there is no table of entries in it", Do: "restore a backup"}
	}
	return nil
}
