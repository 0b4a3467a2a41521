package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/postern/postern/core/catalog"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks the file as ours (PRAGMA application_id): "PSTN".
const applicationID = 0x5053544e

// prepare makes sure that the database is ours, of this version and in WAL
// mode, and that it and its marker know each other.
func prepare(ctx context.Context, db *sql.DB, path string, o Options) error {
	if err := recognise(ctx, db, path); err != nil {
		return err
	}
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode); err != nil {
		return opening(path, err)
	}
	if mode != "wal" {
		return fmt.Errorf("open catalog %s: the file system does not allow SQLite's WAL mode (it answered %q)", path, mode)
	}
	// After a crash the log may hold torn frames behind its end; they must not be
	// taken for lost commits by the next checkWAL.
	if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return opening(path, err)
	}
	if err := migrate(ctx, db, path); err != nil {
		return err
	}
	return identify(ctx, db, path, o.Random)
}

// recognise refuses a database of somebody else's.
func recognise(ctx context.Context, db *sql.DB, path string) error {
	var app, tables int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return opening(path, err)
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return opening(path, err)
	}
	if app == applicationID {
		return nil
	}
	if app != 0 || tables != 0 {
		return &catalog.CorruptError{Path: path, What: "this database is not a catalog", Do: doMove}
	}
	if marked, _, err := exists(markerOf(path)); err != nil || marked {
		return errors.Join(err, &catalog.CorruptError{Path: path, What: "the database has lost its tables", Do: doRestore})
	}
	_, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id=%d", applicationID))
	return classify(path, err)
}

func migrate(ctx context.Context, db *sql.DB, path string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return opening(path, err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return damaged(path, "its version cannot be read", err)
	}
	if current > target {
		return &catalog.CorruptError{Path: path, Do: doUpgrade,
			What: fmt.Sprintf("it was written by a newer postern (schema %d, this one knows %d)", current, target)}
	}
	if current == target {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate catalog %s from schema %d to %d: %w", path, current, target, classify(path, err))
	}
	// The tables must be in the database itself before the marker promises it.
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return classify(path, err)
}

// identify compares the database's id with the marker's and makes what lacks.
func identify(ctx context.Context, db *sql.DB, path string, random io.Reader) error {
	var id string
	err := db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name='id'").Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return opening(path, err)
	}
	marker, merr := os.ReadFile(markerOf(path))
	if merr != nil && !errors.Is(merr, os.ErrNotExist) {
		return fmt.Errorf("open catalog: %w", merr)
	}
	said := strings.TrimSpace(string(marker))
	switch {
	case merr == nil && id == "":
		return &catalog.CorruptError{Path: path, What: "the database has lost its identity", Do: doRestore}
	case merr == nil && said != id:
		return &catalog.CorruptError{Path: path, Do: "put the right database back, or move " + markerOf(path) + " away if this is the right one",
			What: "this is not the database that belongs here (" + markerOf(path) + " says otherwise)"}
	case merr == nil:
		return nil
	}
	if id == "" {
		if id, err = newIdentity(ctx, db, random); err != nil {
			return opening(path, err)
		}
	}
	return writeMarker(path, id)
}

func newIdentity(ctx context.Context, db *sql.DB, random io.Reader) (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	id := hex.EncodeToString(b)
	if _, err := db.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES ('id', ?)", id); err != nil {
		return "", err
	}
	_, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return id, err
}

func writeMarker(path, id string) error {
	name := markerOf(path)
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.WriteString(id + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
