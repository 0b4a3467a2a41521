package sqlite

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/postern/postern/core/catalog"
)

const (
	doSalvage = "stop the server, keep a copy of the folder and run 'postern catalog salvage', or restore a backup"
	doRestore = "restore it from a backup; to start with an empty catalog instead, move catalog.id and every catalog.db-* away too"
	doUpgrade = "run the newer postern that wrote it, or restore a backup from before the upgrade"
	doJournal = "put it back as it was, or keep a copy of the folder and run 'postern catalog salvage', or restore a backup"
	doMove    = "point data_dir at another folder, or move this file away"
)

func damaged(path, what string, err error) error {
	return &catalog.CorruptError{Path: path, What: what, Do: doSalvage, Err: err}
}

// classify turns SQLite's words for a damaged file into a CorruptError.
func classify(path string, err error) error {
	var se *sqlite.Error
	if err == nil || errors.Is(err, catalog.ErrCorrupt) || !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT:
		return damaged(path, "the database is damaged", err)
	case sqlite3.SQLITE_NOTADB:
		return damaged(path, "the file is not a database, or its beginning is damaged", err)
	}
	return err
}

// unscanned classifies the failure to read a row's columns. Their types are strict: a value of another type is damage.
func unscanned(path string, err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return classify(path, err)
	}
	return damaged(path, "a row cannot be read", err)
}

// opening says what was being done, unless the error says it all.
func opening(path string, err error) error {
	if err = classify(path, err); err == nil || errors.Is(err, catalog.ErrCorrupt) {
		return err
	}
	return fmt.Errorf("open catalog %s: %w", path, err)
}

// isStorage tells the failure of the database from a refusal.
func isStorage(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se)
}

func isFull(err error) bool {
	var se *sqlite.Error
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	return errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_FULL
}
