package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

func TestALogWhoseHeaderNeverCameToTheDiskIsEmpty(t *testing.T) {
	for name, c := range map[string]struct {
		log  []byte
		open bool
	}{
		"zeros":                     {make([]byte, 32), true},
		"rubbish":                   {bytes.Repeat([]byte{0x5a}, 32), true},
		"the beginning of a header": {append([]byte{0x37, 0x7f, 0x06, 0x82}, make([]byte, 28)...), true},
		"zeros and a frame":         {make([]byte, 32+24+4096), false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			c1, err := sqlite.Open(path, sqlite.Options{})
			if err == nil {
				_, err = c1.Create(context.Background(), receive("entry1", 1))
			}
			if err == nil {
				err = c1.Close() // which empties the log
			}
			if err == nil {
				err = os.WriteFile(path+"-wal", c.log, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !c.open {
				if _, err := sqlite.Open(path, sqlite.Options{}); !errors.Is(err, catalog.ErrCorrupt) {
					t.Fatalf("it opens: %v", err)
				}
				return
			}
			if _, err := open(t, path, time.Now).Get(context.Background(), "entry1"); err != nil {
				t.Fatal(err)
			}
		})
	}
}
