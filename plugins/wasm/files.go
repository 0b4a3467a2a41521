package wasm

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
)

// folder is one that a module may read.
type folder struct {
	name string
	root *os.Root
}

func openFolders(folders map[string]string) ([]folder, error) {
	var out []folder
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		root, err := os.OpenRoot(folders[name])
		if err != nil {
			closeFolders(out)
			return nil, fmt.Errorf("grants.folders.%s: %w", name, err)
		}
		out = append(out, folder{name, root})
	}
	return out, nil
}

func closeFolders(folders []folder) {
	for _, f := range folders {
		_ = f.root.Close() // it was only read
	}
}

// maxOpen is how many files an instance may have open at once, maxOpenAll how many all instances of an exit.
const (
	maxOpen    = 64
	maxOpenAll = 256
)

// firstFolder is the number of the first granted folder: it comes after standard input, output and error.
const firstFolder = 3

// files are what one instance has open.
type files struct {
	open    map[uint32]*openFile
	granted uint32 // numbers below this one are folders of the grant
	listing listing
	all     *atomic.Int32 // open files of all instances of the exit
}

// listing is the one folder that an instance is listing. Another one takes its place, and the end of the call too: an
// instance that rests keeps no names of files, of which there may be many.
type listing struct {
	of      *openFile
	entries []fs.DirEntry
}

// openFile is a file, or a folder: then root is set. Every look-up goes through an os.Root, which follows no link out
// of it, and nothing is ever opened for writing.
type openFile struct {
	file    *os.File
	root    *os.Root
	granted string // the name of a folder of the grant
}

func (t *task) files() *files {
	if t.in.files == nil {
		f := &files{open: map[uint32]*openFile{}, granted: firstFolder, all: &t.exit.openFiles}
		for _, g := range t.exit.folders {
			f.open[f.granted] = &openFile{root: g.root, granted: g.name}
			f.granted++
		}
		t.in.files = f
	}
	return t.in.files
}

func (f *files) get(fd uint32) *openFile { return f.open[fd] }

// add gives a number to an open file; ok is false when there are too many.
func (f *files) add(o *openFile) (fd uint32, ok bool) {
	if f.all.Add(1) <= maxOpenAll {
		for fd = f.granted; fd < f.granted+maxOpen; fd++ {
			if f.open[fd] == nil {
				f.open[fd] = o
				return fd, true
			}
		}
	}
	f.all.Add(-1)
	return 0, false
}

// drop closes a file. The folders of the grant stay open: they belong to the exit.
func (f *files) drop(fd uint32) bool {
	o := f.open[fd]
	if o == nil || fd < f.granted {
		return false
	}
	delete(f.open, fd)
	f.all.Add(-1)
	o.close()
	if f.listing.of == o {
		f.listing = listing{}
	}
	return true
}

func (f *files) close() {
	for fd := range f.open {
		f.drop(fd)
	}
}

func (o *openFile) close() {
	if o.file != nil {
		_ = o.file.Close() // it was only read
	}
	if o.root != nil {
		_ = o.root.Close()
	}
}

// find opens what a path below a folder names: a regular file or a folder. Devices, pipes and sockets are neither.
func (o *openFile) find(path string) (*openFile, uint64) {
	if o.root == nil {
		return nil, wasiNotDir
	}
	if i, err := o.root.Stat(path); err == nil && !i.IsDir() && !i.Mode().IsRegular() {
		return nil, wasiAccess // opening a device or a pipe may do something already
	}
	file, err := o.root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, errnoOf(err)
	}
	i, err := file.Stat()
	found := &openFile{file: file}
	switch {
	case err != nil:
		found.close()
		return nil, errnoOf(err)
	case i.IsDir():
		if found.root, err = o.root.OpenRoot(path); err != nil {
			found.close()
			return nil, errnoOf(err)
		}
	case !i.Mode().IsRegular():
		found.close()
		return nil, wasiAccess
	}
	return found, wasiOK
}

func errnoOf(err error) uint64 {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wasiNoEntry
	case errors.Is(err, syscall.ENOTDIR):
		return wasiNotDir
	case errors.Is(err, syscall.EISDIR):
		return wasiIsDir
	case errors.Is(err, fs.ErrInvalid):
		return wasiInvalid
	}
	return wasiAccess // not permitted, or a way out of the folder
}
