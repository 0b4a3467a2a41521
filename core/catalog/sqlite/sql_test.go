package sqlite_test

import (
	stdsql "database/sql"
	"testing"
)

// sql changes a database behind the catalog's back.
func sql(t *testing.T, path, statement string) {
	t.Helper()
	db, err := stdsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}
