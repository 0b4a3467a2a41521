package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// steps walks to a folder element by element with os.Root: on every system.
type steps struct{ root *os.Root }

func (s steps) Close() error { return nil } // the root is the backend's

func (s steps) nearest(dir string) (f *folder, missing int, err error) {
	elements := split(dir)
	cur, err := s.root.OpenRoot(".")
	if err != nil {
		return nil, 0, fmt.Errorf("open the backend's root: %w", err)
	}
	for i, element := range elements {
		next, err := step(cur, element)
		if errors.Is(err, fs.ErrNotExist) {
			f, err := newFolder(s.root, cur, path.Join(elements[:i]...))
			return f, len(elements) - i, err
		}
		cur.Close()
		if err != nil {
			return nil, 0, fmt.Errorf("open folder %s: %w", path.Join(elements[:i+1]...), err)
		}
		cur = next
	}
	f, err = newFolder(s.root, cur, dir)
	return f, 0, err
}

func (s steps) below(f *folder, element string) (*folder, error) {
	at := path.Join(f.path, element)
	next, err := step(f.names.(*os.Root), element)
	if err != nil {
		return nil, fmt.Errorf("open folder %s: %w", at, err)
	}
	return newFolder(s.root, next, at)
}

func (s steps) is(f *folder, dir string) (bool, error) {
	now, missing, err := s.nearest(dir)
	if now, err = existing(now, missing, err, dir); err != nil {
		return false, err
	}
	defer now.close()
	was, err := f.dir.Stat()
	if err != nil {
		return false, err
	}
	is, err := now.dir.Stat()
	return err == nil && os.SameFile(was, is), err
}

// step opens one element of a path. What is opened is the very folder that stood under that name: a link put in its
// place meanwhile leads to another one and is found out.
func step(cur *os.Root, element string) (next *os.Root, err error) {
	for range manyTries {
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
	return &folder{names: r, dir: dir, top: top, path: path}, nil
}
