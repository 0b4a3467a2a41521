//go:build !linux

package local

import (
	"io/fs"
	"os"
	"path"
	"runtime"
)

// newWalker walks step by step.
func newWalker(root *os.Root) (walker, error) { return steps{root}, nil }

func sameFile(a, b fs.FileInfo) bool { return os.SameFile(a, b) }

func datasync(f *os.File) error { return f.Sync() }

// syncFile syncs a file, or a folder where the system can.
func syncFile(f *os.File) error {
	if info, err := f.Stat(); err == nil && info.IsDir() && runtime.GOOS == "windows" {
		return nil
	}
	return f.Sync()
}

// renameNew gives a file a second name, which must be free, and takes the first away.
func renameNew(from *folder, name string, to *folder, newName string) error {
	if err := from.top.Link(path.Join(from.path, name), path.Join(to.path, newName)); err != nil {
		return err
	}
	return from.Remove(name)
}
