package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/postern/postern/core/catalog"
)

// Backup writes a copy of the database, as it is at one moment, into a new file with mode 0600. It has all that was
// acknowledged before; where the database cannot take that, there is no copy. Writers go on meanwhile;
// the write-ahead log grows until it ends. The copy is synced and checked. When it fails, nothing of it stays.
func (c *Catalog) Backup(ctx context.Context, to string) (err error) {
	if there, _, err := exists(to); err != nil || there {
		return errors.Join(err, fmt.Errorf("catalog: backup: %s: %w", to, os.ErrExist))
	}
	if err := c.w.complete(ctx); err != nil { // what is acknowledged is in it, or it is no backup
		return fmt.Errorf("catalog: backup: bring the database up to date: %w", err)
	}
	// SQLite takes an empty file for a new one, and its mode stays.
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("catalog: backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("catalog: backup: %w", errors.Join(err, os.Remove(to)))
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	if err := c.copyInto(ctx, to); err != nil {
		return err
	}
	if err := disown(ctx, to); err != nil {
		return err
	}
	if err := syncFile(to); err != nil {
		return err
	}
	_, err = CheckBackup(ctx, to)
	return err
}

// copyInto copies over a connection of its own: a reader's may only read.
func (c *Catalog) copyInto(ctx context.Context, to string) error {
	db, err := connect(c.path, false, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return classify(c.path, err)
	}
	return nil
}

func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Backed says what is in a backup.
type Backed struct {
	Entries  int64 `json:"entries"`
	Refusals int64 `json:"refusals"`
}

// CheckBackup looks at a backup from its first to its last page, without changing it, and says what is in it. One that
// is damaged, is no catalog or is none that this version can open is a *catalog.CorruptError.
func CheckBackup(ctx context.Context, path string) (b Backed, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return b, err
	}
	u := url.URL{Scheme: "file", Path: abs, RawQuery: url.Values{"mode": {"ro"}, "immutable": {"1"},
		"_pragma": {"query_only(1)", "trusted_schema(0)", "cell_size_check(1)"}}.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return b, opening(path, err)
	}
	defer db.Close()
	var app int64
	var id, whole string
	for _, q := range []struct {
		text string
		into any
	}{
		{"PRAGMA application_id", &app}, {"PRAGMA integrity_check(1)", &whole}, {"SELECT value FROM meta WHERE name = 'id'", &id},
		{"SELECT count(*) FROM entry", &b.Entries}, {"SELECT count(*) FROM refusal", &b.Refusals},
	} {
		if err := db.QueryRowContext(ctx, q.text).Scan(q.into); err != nil {
			return b, damaged(path, "the backup cannot be read", err)
		}
	}
	if app != applicationID || id == "" || whole != "ok" {
		return b, &catalog.CorruptError{Path: path, What: "this is no whole backup of a catalog: " + whole, Do: "make another one"}
	}
	return b, nil
}
