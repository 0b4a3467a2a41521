package artifact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many symbolic links a path may lead through.
const maxLinks = 40

// openSafely opens a file that nobody but root and the server's own user could have put there: it walks the path and
// looks at each folder and link on it, like the StrictModes of OpenSSH. Nobody else can change anything between the walk
// and the opening, because nobody else may write there.
func openSafely(path, folder string) (*os.File, error) {
	if !filepath.IsAbs(path) {
		return nil, errors.New("the path is not absolute")
	}
	w := &walk{folder: folder}
	if err := w.start(filepath.Clean(path)); err != nil {
		return nil, err
	}
	for len(w.rest) > 0 {
		if err := w.step(); err != nil {
			return nil, err
		}
	}
	return openFile(w.at)
}

// walk is how far a path was followed.
type walk struct {
	folder string
	at     string   // without links, as far as it was walked
	rest   []string // elements still to come
	links  int
}

// start begins at the folder for what is below it, and at the root for everything else.
func (w *walk) start(path string) error {
	w.at = string(filepath.Separator)
	if rel, err := filepath.Rel(w.folder, path); w.folder != "" && err == nil && filepath.IsLocal(rel) {
		if w.at, err = filepath.EvalSymlinks(w.folder); err != nil {
			return err
		}
		path = rel
	}
	w.rest = append(elements(path), w.rest...)
	return safeFolder(w.at)
}

func elements(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == filepath.Separator })
}

// step follows one element.
func (w *walk) step() error {
	name := w.rest[0]
	w.rest = w.rest[1:]
	if name == ".." { // of a link; at has none
		w.at = filepath.Dir(w.at)
		return safeFolder(w.at)
	}
	next := filepath.Join(w.at, name)
	info, err := os.Lstat(next)
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return w.follow(next, info)
	case len(w.rest) > 0:
		if !info.IsDir() {
			return fmt.Errorf("%s is no folder", next)
		}
		err = safeFolder(next)
	}
	w.at = next
	return err
}

// follow puts what a link leads to in the place of its name.
func (w *walk) follow(link string, info fs.FileInfo) error {
	if w.links++; w.links > maxLinks {
		return errors.New("it leads through too many links")
	}
	if err := foreign(info, "the link "+link); err != nil {
		return err
	}
	target, err := os.Readlink(link)
	if err != nil {
		return err
	}
	if filepath.IsAbs(target) {
		return w.start(filepath.Clean(target))
	}
	w.rest = append(elements(target), w.rest...) // not cleaned: ".." is of the folder the link before it leads to
	return nil
}

// safeFolder refuses a folder in which others could put a file of theirs. In one with the sticky bit, as /tmp, they can
// create files, but neither rename nor remove those that are checked here.
func safeFolder(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSticky != 0 && ownedByRoot(info) {
		return nil
	}
	return exposed(info, "the folder "+path)
}
