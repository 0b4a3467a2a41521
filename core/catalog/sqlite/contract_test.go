package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/catalogtest"
	"github.com/postern/postern/core/catalog/sqlite"
)

func open(t testing.TB, path string, now func() time.Time) *sqlite.Catalog {
	t.Helper()
	c, err := sqlite.Open(path, sqlite.Options{Now: now})
	if err != nil {
		t.Fatalf("open the catalog: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestSQLiteKeepsTheContract(t *testing.T) {
	catalogtest.Run(t, func(t *testing.T, now func() time.Time) catalog.Catalog {
		return open(t, filepath.Join(t.TempDir(), "catalog.db"), now)
	})
}
