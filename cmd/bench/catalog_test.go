package bench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

// filled starts a server whose catalog has so many finished entries: copies of one that a real transfer has left.
func filled(t *testing.T, entries int) *server {
	t.Helper()
	dir := disk(t)
	s := start(t, dir, flows, nil)
	if entries == 0 {
		return s
	}
	tried(t, s, caller(), "SYNC", 4<<10)
	s.end()
	data := filepath.Join(dir, "data")
	kept := filepath.Join(cache(t), fmt.Sprintf("catalog-%d-%s", entries, shape(t)))
	if _, err := os.Stat(kept); err != nil {
		began := time.Now()
		if err := errors.Join(os.RemoveAll(kept+".new"), duplicate(data, kept+".new"), fill(filepath.Join(kept+".new", "catalog.db"), entries), os.Rename(kept+".new", kept)); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d entries were loaded in %s into %s, where the next run finds them", entries, time.Since(began).Round(time.Second), kept)
	}
	if err := duplicate(kept, data); err != nil {
		t.Fatal(err)
	}
	return start(t, dir, flows, nil)
}

// cache is a folder for what takes long to make.
func cache(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "postern-bench")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shape stands for how a catalog is stored: what was made by other code is not taken.
func shape(t *testing.T) string {
	t.Helper()
	h := sha256.New()
	err := fs.WalkDir(os.DirFS("../../core/catalog"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(filepath.Join("../../core/catalog", path))
		_, _ = h.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:4])
}

// duplicate copies a database with its marker from folder to folder.
func duplicate(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"catalog.db", "catalog.db-redo", "catalog.id"} {
		if err := copyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// fill multiplies the only entry of a catalog.
func fill(path string, entries int) error {
	c, err := sqlite.Open(path, sqlite.Options{CheckUpTo: -1})
	if err != nil {
		return err
	}
	defer c.Close()
	ctx := context.Background()
	var model catalog.Entry
	for e, err := range c.List(ctx, catalog.Filter{}) {
		if err != nil {
			return err
		}
		model = e
	}
	if model, err = c.Get(ctx, model.ID); err != nil {
		return err
	}
	now := model.CreatedAt.Add(-24 * time.Hour)
	for done := 0; done < entries; {
		batch := make([]catalog.Entry, min(10_000, entries-done))
		for i := range batch {
			now = now.Add(24 * time.Hour / time.Duration(entries+1))
			e := model
			if e.ID, err = catalog.NewID(now, rand.Reader); err != nil {
				return err
			}
			e.Path, e.Key.Number = "SYNC/"+e.ID, int64(done+i+1)
			e.CreatedAt, e.StartedAt, e.UpdatedAt, e.EndedAt = now, now, now, now
			batch[i] = e
		}
		if err := c.Load(ctx, batch...); err != nil {
			return fmt.Errorf("load %d entries: %w", entries, err)
		}
		done += len(batch)
	}
	return c.Close()
}
