package wasm

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What the cache keeps: each new version of a module adds a slot, and nobody takes one away. Those that were not used
// for the longest time go first.
const (
	keptSlots = 64
	keptBytes = 256 << 20
	abandoned = 24 * time.Hour // after which a slot that is still being filled belongs to nobody
)

// kept is a slot as sweep sees it.
type kept struct {
	dir  string
	size int64
	used time.Time
}

// touch notes that a slot is used.
func touch(slot string) {
	now := time.Now()
	_ = os.Chtimes(filepath.Join(slot, sealFile), now, now) // at worst it goes before its time
}

// sweep makes room for one more slot, and removes what a server left that was killed while it filled one. Whoever loads
// a module of a slot that goes meanwhile compiles it.
func sweep(cacheDir string) {
	entries, err := os.ReadDir(cacheDir)
	if err != nil {
		return // the next load tries again, as with all that cannot be removed here
	}
	var slots []kept
	for _, e := range entries {
		dir := filepath.Join(cacheDir, e.Name())
		if strings.HasPrefix(e.Name(), unsealed) {
			if i, err := e.Info(); err == nil && time.Since(i.ModTime()) > abandoned {
				_ = os.RemoveAll(dir)
			}
			continue
		}
		if i, err := os.Stat(filepath.Join(dir, sealFile)); e.IsDir() && err == nil { // else it is none of ours
			slots = append(slots, kept{dir, sizeOf(dir), i.ModTime()})
		}
	}
	slices.SortFunc(slots, func(a, b kept) int { return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.dir, b.dir)) })
	var size int64
	for i, s := range slots {
		if size += s.size; i >= keptSlots-1 || size > keptBytes {
			_ = os.RemoveAll(s.dir)
		}
	}
}

// sizeOf adds up the files below a folder.
func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what cannot be read has no size
		}
		if i, err := d.Info(); err == nil {
			size += i.Size()
		}
		return nil
	})
	return size
}
