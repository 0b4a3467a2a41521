package toolchain

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// unused is how long what was built is kept after its last use.
const unused = 14 * 24 * time.Hour

func place(key string) string { return filepath.Join(folder(), "built", key) }

// fetch copies what an earlier build has made into the folder; false if there is none.
func fetch(key, dir string) bool {
	from := place(key)
	if _, err := os.Stat(from); err != nil {
		return false
	}
	now := time.Now()
	os.Chtimes(from, now, now) // best effort: it is in use
	return copyTree(from, dir) == nil
}

// keep stores the files that a build has made or changed. They appear all at once: two tests may build the same.
func keep(key, dir string, src sources) error {
	all := filepath.Join(folder(), "built")
	if err := os.MkdirAll(all, 0o755); err != nil {
		return err
	}
	sweep(all)
	tmp, err := os.MkdirTemp(all, ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	made := sources{files: map[string]file{}}
	if err := walk(dir, func(rel string, f file) {
		if old, ok := src.files[filepath.Join(src.at, rel)]; !ok || !bytes.Equal(old.data, f.data) {
			made.files[rel] = f
		}
	}); err != nil {
		return err
	}
	if err := made.write(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, place(key)); err != nil {
		if _, there := os.Stat(place(key)); there == nil {
			return nil // another test was quicker
		}
		return err
	}
	return nil
}

func sweep(all string) {
	entries, err := os.ReadDir(all)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > unused {
			os.RemoveAll(filepath.Join(all, e.Name()))
		}
	}
}

func copyTree(from, to string) error {
	all := sources{files: map[string]file{}}
	if err := walk(from, func(rel string, f file) { all.files[rel] = f }); err != nil {
		return err
	}
	return all.write(to)
}

func walk(dir string, visit func(rel string, f file)) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		visit(rel, file{data, info.Mode().Perm()})
		return err
	})
}
