package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

func TestACopyWhoseEndStaysInItsLogIsNotCalledWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy.db")
	c, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	look, err := reader.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := look.QueryRow("SELECT count(*) FROM meta").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if err := disown(t.Context(), path); err == nil || !strings.Contains(err.Error(), "copy.db-wal") {
		t.Errorf("with a reader that needs the log: %v", err)
	}
	if err := look.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := disown(t.Context(), path); err != nil {
		t.Errorf("with nobody else: %v", err)
	}
}
