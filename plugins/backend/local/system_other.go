//go:build !linux

package local

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime"
)

const nonblock = 0

// identity is empty here: that a file was committed before a crash is known on linux only.
type identity struct{}

func (identity) same(identity) bool { return false }

func identify(*os.File) (identity, error) { return identity{}, nil }

func identifyAt(*folder, string) (identity, error) { return identity{}, nil }

func links(fs.FileInfo) uint64 { return 1 }

func tag(info fs.FileInfo) string {
	return fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size())
}

func datasync(f *os.File) error { return f.Sync() }

func syncFile(f *os.File) error {
	if info, err := f.Stat(); err == nil && info.IsDir() && runtime.GOOS == "windows" {
		return nil
	}
	return f.Sync()
}

// freeBytes is known on linux only; a full disk then shows at the write.
func freeBytes(*os.File) (int64, error) { return math.MaxInt64, nil }

// renameNew gives a file a second name, which must be free, and takes the first away.
func renameNew(from *folder, name string, to *folder, newName string) error {
	if err := from.top.Link(path.Join(from.path, name), path.Join(to.path, newName)); err != nil {
		return err
	}
	return from.Remove(name)
}
