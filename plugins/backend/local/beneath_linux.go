package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// beneath has the system itself walk to a folder (openat2, Linux 5.6): one call instead of several for each element, and
// the system refuses every link and every way out.
type beneath struct {
	root *os.Root
	dir  *os.File
}

// newWalker takes the steps where the system has no openat2, or a sandbox around us does not let it through.
func newWalker(root *os.Root) (walker, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	b := &beneath{root: root, dir: dir}
	probe, err := b.openAt(dir, ".", unix.O_PATH)
	if err != nil {
		return steps{root}, dir.Close()
	}
	return b, unix.Close(probe)
}

func (b *beneath) Close() error { return b.dir.Close() }

// openAt opens a folder with further flags. Every element of dir is looked up by the system, which follows no link. The
// descriptor is the caller's to close: a file around it would cost another call, which who only looks can do without.
func (b *beneath) openAt(from *os.File, dir string, flags uint64) (opened int, err error) {
	how := unix.OpenHow{Flags: flags | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS}
	err = control(from, func(fd int) (err error) {
		for range manyTries {
			// EAGAIN: something was renamed meanwhile, so that the system cannot tell whether the way stays inside.
			if opened, err = unix.Openat2(fd, dir, &how); err != unix.EAGAIN {
				break
			}
		}
		return err
	})
	switch {
	case errors.Is(err, unix.ELOOP):
		return -1, errLink
	case errors.Is(err, unix.ENOTDIR):
		return -1, errNotFolder
	}
	return opened, err
}

func (b *beneath) nearest(dir string) (f *folder, missing int, err error) {
	for at := dir; ; missing++ {
		f, err := b.openFolder(b.dir, at, at)
		if at == "" || !errors.Is(err, fs.ErrNotExist) {
			return f, missing, err
		}
		at, _ = cut(at)
	}
}

func (b *beneath) below(f *folder, element string) (*folder, error) {
	return b.openFolder(f.dir, element, path.Join(f.path, element))
}

func (b *beneath) openFolder(from *os.File, dir, full string) (*folder, error) {
	fd, err := b.openAt(from, orDot(dir), unix.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("open folder %s: %w", full, err)
	}
	opened := os.NewFile(uintptr(fd), dir)
	return &folder{names: inFolder{opened}, dir: opened, top: b.root, path: full}, nil
}

func (b *beneath) is(f *folder, dir string) (bool, error) {
	var was, is unix.Stat_t
	if err := b.stat(dir, &is); err != nil {
		return false, fmt.Errorf("open folder %s: %w", dir, err)
	}
	err := control(f.dir, func(fd int) error { return unix.Fstat(fd, &was) })
	return err == nil && was.Dev == is.Dev && was.Ino == is.Ino, err
}

// stat looks at a folder, or at whatever is there. To a single element there is no way that a link could lie on.
func (b *beneath) stat(dir string, st *unix.Stat_t) error {
	if !strings.Contains(dir, "/") {
		return control(b.dir, func(fd int) error { return unix.Fstatat(fd, orDot(dir), st, unix.AT_SYMLINK_NOFOLLOW) })
	}
	fd, err := b.openAt(b.dir, dir, unix.O_PATH)
	if err != nil {
		return err
	}
	return errors.Join(unix.Fstat(fd, st), unix.Close(fd))
}

func orDot(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// inFolder is the names in an open folder. It closes nothing: the folder does.
type inFolder struct{ dir *os.File }

func (n inFolder) Close() error { return nil }

func (n inFolder) do(doing, name string, call func(fd int) error) error {
	if err := control(n.dir, call); err != nil {
		return &fs.PathError{Op: doing, Path: name, Err: err}
	}
	return nil
}

// OpenFile follows no link.
func (n inFolder) OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	var opened int
	err := n.do("open", name, func(fd int) (err error) {
		opened, err = unix.Openat(fd, name, flag|unix.O_NOFOLLOW|unix.O_CLOEXEC, uint32(mode.Perm()))
		return err
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(opened), name), nil
}

func (n inFolder) Lstat(name string) (fs.FileInfo, error) {
	i := &info{name: name}
	err := n.do("lstat", name, func(fd int) error { return unix.Fstatat(fd, name, &i.st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return nil, err
	}
	return i, nil
}

func (n inFolder) Mkdir(name string, mode fs.FileMode) error {
	return n.do("mkdir", name, func(fd int) error { return unix.Mkdirat(fd, name, uint32(mode.Perm())) })
}

func (n inFolder) Rename(from, to string) error {
	return n.do("rename", from, func(fd int) error { return unix.Renameat(fd, from, fd, to) })
}

// Remove removes a file, a link or an empty folder.
func (n inFolder) Remove(name string) error {
	err := n.do("remove", name, func(fd int) error { return unix.Unlinkat(fd, name, 0) })
	if errors.Is(err, unix.EISDIR) {
		err = n.do("remove", name, func(fd int) error { return unix.Unlinkat(fd, name, unix.AT_REMOVEDIR) })
	}
	return err
}

// info is what is known of a name.
type info struct {
	name string
	st   unix.Stat_t
}

func (i *info) Name() string       { return i.name }
func (i *info) Size() int64        { return i.st.Size }
func (i *info) ModTime() time.Time { return time.Unix(i.st.Mtim.Unix()) }
func (i *info) IsDir() bool        { return i.Mode().IsDir() }
func (i *info) Sys() any           { return &i.st }

// Mode tells what os would.
func (i *info) Mode() fs.FileMode {
	m := fs.FileMode(i.st.Mode & 0o777)
	switch i.st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		m |= fs.ModeDir
	case unix.S_IFLNK:
		m |= fs.ModeSymlink
	case unix.S_IFIFO:
		m |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		m |= fs.ModeSocket
	case unix.S_IFCHR:
		m |= fs.ModeDevice | fs.ModeCharDevice
	default:
		m |= fs.ModeDevice
	}
	return m
}
