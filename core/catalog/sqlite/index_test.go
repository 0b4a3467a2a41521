package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/sdk"
)

// interrupted leaves an entry that its peer may take up again.
func interrupted(t *testing.T, c *sqlite.Catalog, e catalog.Entry) catalog.Entry {
	t.Helper()
	ctx := context.Background()
	left, err := c.Create(ctx, e)
	if err == nil {
		err = c.Begin(ctx, left.Lease())
	}
	if err == nil {
		_, err = c.Interrupt(ctx, left.Lease(), catalog.Interruption{Code: sdk.NetworkCut})
	}
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// A new entry meets those of which only the database knows: in the same run, and in the next.
func TestANewEntryMeetsWhatIsLeftInTheDatabase(t *testing.T) {
	for name, reopen := range map[string]bool{"in the same run": false, "once it is opened again": true} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			c := open(t, path, fixed)
			ctx := context.Background()
			left := interrupted(t, c, receive("entry1", 7))
			_, err := c.Get(ctx, left.ID) // a reader has the database brought up to date
			if err != nil || c.Behind(ctx) > 0 {
				t.Fatal(c.Behind(ctx), err)
			}
			if reopen {
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				c = open(t, path, fixed)
			}
			other := receive("entry2", 7)
			other.Key.Name, other.File = "OTHER", "OTHER"
			if e, err := c.Create(ctx, other); err != nil || e.Number == 7 {
				t.Errorf("another file with the same number got %d, %v", e.Number, err)
			}
			if _, err := c.Create(ctx, receive("entry3", 7)); err != nil {
				t.Fatal(err)
			}
			if e, err := c.Get(ctx, left.ID); err != nil || e.Superseded != "entry3" {
				t.Errorf("its key was taken by %q, %v", e.Superseded, err)
			}
			if _, err := c.Create(ctx, receive("entry1", 8)); err == nil {
				t.Error("its id was given again")
			}
		})
	}
}

// Who took a key gives it back, whatever the files are called by then.
func TestAKeyIsGivenBackAfterARename(t *testing.T) {
	for _, renamed := range []string{"entry1", "entry2"} {
		c := open(t, filepath.Join(t.TempDir(), "catalog.db"), fixed)
		ctx := context.Background()
		left := interrupted(t, c, receive("entry1", 7))
		again, err := c.Create(ctx, receive("entry2", 7))
		if err == nil {
			_, err = c.Rename(ctx, renamed, catalog.Naming{File: "G", Key: "G"})
		}
		if err == nil {
			err = c.Abandon(ctx, again.Lease())
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, err := c.Get(ctx, left.ID); err != nil || e.Superseded != "" {
			t.Errorf("%s was renamed, and the key stays with %q, %v", renamed, e.Superseded, err)
		}
	}
}
