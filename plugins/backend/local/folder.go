package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

const (
	folderMode = 0o750
	fileMode   = 0o640

	manyTries = 64 // folders come and go, as empty ones may at any time
)

var (
	errLink      = errors.New("a symbolic link is on the way")
	errNotFolder = errors.New("something that is no folder is on the way")
)

// folder is an open folder below the root. Names used with it are single elements, and no link is followed.
type folder struct {
	names
	dir  *os.File // the same folder, for what goes beyond names
	top  *os.Root // the backend's root
	path string   // from the backend's root; "" is the root itself
}

// names is what can be done with the names in a folder. An os.Root is one.
type names interface {
	Lstat(name string) (fs.FileInfo, error)
	OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error)
	Mkdir(name string, mode fs.FileMode) error
	Rename(from, to string) error
	Remove(name string) error
	Close() error
}

// walker opens folders below the root and follows no link to them. The errors are fs.ErrNotExist, errLink, errNotFolder,
// or the system's.
type walker interface {
	// nearest opens the deepest folder on the way to dir that exists and says how many elements are missing below it.
	nearest(dir string) (f *folder, missing int, err error)
	// below opens a folder in an open one.
	below(f *folder, element string) (*folder, error)
	// is reports whether dir is the very folder f now.
	is(f *folder, dir string) (bool, error)
	Close() error
}

func (f *folder) close() {
	if f != nil {
		f.dir.Close()
		f.names.Close()
	}
}

// open opens a folder that exists.
func (b *Backend) open(dir string) (*folder, error) {
	f, missing, err := b.walker.nearest(dir)
	return existing(f, missing, err, dir)
}

func existing(f *folder, missing int, err error, dir string) (*folder, error) {
	if err == nil && missing > 0 {
		f.close()
		return nil, fmt.Errorf("open folder %s: %w", dir, fs.ErrNotExist)
	}
	return f, err
}

// make opens a folder and makes what is missing of it. The caller has entered dir in b.folders. The error is
// fs.ErrNotExist when somebody removed a folder meanwhile.
func (b *Backend) make(dir string) (*folder, error) {
	f, missing, err := b.walker.nearest(dir)
	for ; err == nil && missing > 0; missing-- {
		rest := dir
		if f.path != "" {
			rest = dir[len(f.path)+1:]
		}
		element, _, _ := strings.Cut(rest, "/")
		var next *folder
		next, err = b.makeIn(f, element)
		f.close()
		f = next
	}
	return f, err
}

// makeIn makes a folder in another, unless somebody was quicker, and opens it.
func (b *Backend) makeIn(f *folder, element string) (*folder, error) {
	switch err := f.Mkdir(element, folderMode); {
	case err == nil:
		b.folders.made(path.Join(f.path, element))
	case !errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("make folder %s: %w", path.Join(f.path, element), err)
	}
	return b.walker.below(f, element)
}

func (b *Backend) removeEmpty(dir string) bool {
	parent, name := cut(dir)
	f, err := b.open(parent)
	if err != nil {
		return false
	}
	defer f.close()
	info, err := f.Lstat(name)
	return err == nil && info.IsDir() && f.Remove(name) == nil
}

// split gives the elements of a folder's path; none for the root.
func split(dir string) []string {
	if dir == "" {
		return nil
	}
	return strings.Split(dir, "/")
}

// cut gives the folder and the last element of a path.
func cut(p string) (dir, name string) {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return "", p
	}
	return p[:i], p[i+1:]
}
