package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

const (
	folderMode = 0o750
	fileMode   = 0o640
)

var (
	errLink      = errors.New("a symbolic link is on the way")
	errNotFolder = errors.New("something that is no folder is on the way")
)

// folder is an open folder below the root. Names used with it are single elements.
type folder struct {
	*os.Root
	dir  *os.File // the same folder, for what os.Root cannot do
	top  *os.Root // the backend's root
	path string   // from the backend's root; "" is the root itself
}

func (f *folder) close() {
	if f != nil {
		f.dir.Close()
		f.Root.Close()
	}
}

// open opens a folder and follows no link to it. The error is fs.ErrNotExist, errLink or errNotFolder, or the system's.
func (b *Backend) open(dir string) (*folder, error) {
	f, missing, err := b.nearest(dir)
	if err == nil && missing > 0 {
		f.close()
		return nil, fmt.Errorf("open folder %s: %w", dir, fs.ErrNotExist)
	}
	return f, err
}

// nearest opens the deepest folder on the way to dir that exists and says how many elements are missing below it.
func (b *Backend) nearest(dir string) (f *folder, missing int, err error) {
	return b.walk(dir, step)
}

// make opens a folder and makes what is missing of it. The caller has entered dir in b.folders. The error is
// fs.ErrNotExist when somebody removed a folder meanwhile.
func (b *Backend) make(dir string) (*folder, error) {
	made := 0
	f, missing, err := b.walk(dir, func(cur *os.Root, element string) (*os.Root, error) {
		made += len(element) + 1
		next, err := step(cur, element)
		if !errors.Is(err, fs.ErrNotExist) {
			return next, err
		}
		switch err := cur.Mkdir(element, folderMode); {
		case err == nil:
			b.folders.made(dir[:made-1])
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		}
		return step(cur, element)
	})
	if err == nil && missing > 0 {
		f.close()
		err = fmt.Errorf("make folder %s: %w", dir, fs.ErrNotExist)
	}
	return f, err
}

func (b *Backend) walk(dir string, step func(*os.Root, string) (*os.Root, error)) (f *folder, missing int, err error) {
	elements := split(dir)
	cur, err := b.root.OpenRoot(".")
	if err != nil {
		return nil, 0, fmt.Errorf("open the backend's root: %w", err)
	}
	for i, element := range elements {
		next, err := step(cur, element)
		if errors.Is(err, fs.ErrNotExist) {
			f, err := newFolder(b.root, cur, path.Join(elements[:i]...))
			return f, len(elements) - i, err
		}
		cur.Close()
		if err != nil {
			return nil, 0, fmt.Errorf("open folder %s: %w", path.Join(elements[:i+1]...), err)
		}
		cur = next
	}
	f, err = newFolder(b.root, cur, dir)
	return f, 0, err
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

// step opens one element of a path. What is opened is the very folder that stood under that name: a link put in its
// place meanwhile leads to another one and is found out.
func step(cur *os.Root, element string) (next *os.Root, err error) {
	const tries = 64 // folders come and go, as empty ones may at any time
	for range tries {
		next, err = stepOnce(cur, element)
		if err != errChanged {
			return next, err
		}
	}
	return nil, errLink
}

var errChanged = errors.New("the folder was replaced while it was opened")

func stepOnce(cur *os.Root, element string) (*os.Root, error) {
	want, err := cur.Lstat(element)
	if err != nil {
		return nil, err
	}
	if want.Mode()&fs.ModeSymlink != 0 {
		return nil, errLink
	}
	if !want.IsDir() {
		return nil, errNotFolder
	}
	next, err := cur.OpenRoot(element + "/.") // the dot: a FIFO put there meanwhile would block the open
	if err != nil {
		if errors.Is(err, syscall.ENOTDIR) {
			err = errNotFolder
		}
		return nil, err
	}
	got, err := next.Stat(".")
	if err == nil && !os.SameFile(want, got) {
		err = errChanged
	}
	if err != nil {
		next.Close()
		return nil, err
	}
	return next, nil
}

func newFolder(top, r *os.Root, path string) (*folder, error) {
	dir, err := r.Open(".")
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("open folder %s: %w", path, err)
	}
	return &folder{Root: r, dir: dir, top: top, path: path}, nil
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
