package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/postern/postern/sdk"
)

// maxSiblings is how many names on_exists unique tries.
const maxSiblings = 100_000

// place gives the temporary file its name by the rule.
func (b *twice) place(part, wanted string, rule sdk.OnExists) (name string, err error) {
	b.names.Lock()
	defer b.names.Unlock()
	for _, r := range b.roots {
		if err := r.MkdirAll(path.Dir(wanted), 0o750); err != nil {
			return "", err
		}
	}
	name = wanted
	for n := 1; n <= maxSiblings; n++ {
		err = b.take(part, name, rule)
		if rule != sdk.ExistsUnique || !errors.Is(err, fs.ErrExist) {
			return name, err
		}
		name = path.Join(path.Dir(wanted), sdk.Sibling(path.Base(wanted), n))
	}
	return "", err
}

// take takes one name: a link is made only where the name is free, whoever else tries.
func (b *twice) take(part, name string, rule sdk.OnExists) error {
	first, second := b.roots[0], b.roots[1]
	if rule == sdk.ExistsReplace {
		if err := first.Rename(part, name); err != nil {
			return err
		}
		return b.settle(part, name)
	}
	_, err := second.Lstat(name)
	if err == nil {
		return fs.ErrExist
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := first.Link(part, name); err != nil {
		return err
	}
	return b.settle(part, name)
}

// settle ends what take began in the first folder, also after a crash. The first temporary name goes last: as long as it is there,
// the rest is not known to be done.
func (b *twice) settle(part, name string) error {
	if err := b.roots[1].Rename(part, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := b.roots[0].Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// settleNames makes a file's name durable, and those of all folders above it.
func (b *twice) settleNames(name string) error {
	for _, r := range b.roots {
		for dir := path.Dir(name); ; dir = path.Dir(dir) {
			if err := b.syncFolder(r, dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // one folder may have lost it
				return fmt.Errorf("sync folder %s: %w", dir, err)
			}
			if dir == "." {
				break
			}
		}
	}
	return nil
}

// finish looks whether a transfer's file has its name already, and ends the commit that gave it: the error is then a
// *sdk.CommittedError.
func (b *twice) finish(t sdk.Target, id identity) error {
	b.names.Lock()
	defer b.names.Unlock()
	part := parts + "/" + t.ID
	f, err := b.roots[0].Open(part)
	switch {
	case err == nil:
		links, err := linksOf(f)
		if err == nil && links > 1 {
			id, err = identify(f)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return refused(sdk.FileOpen, "look at the temporary file", err)
		}
		if links < 2 {
			return nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		return refused(sdk.FileOpen, "look for the temporary file", err)
	}
	name, err := b.named(path.Dir(t.Path), id)
	if err == nil && name == "" {
		return nil
	}
	if err == nil {
		err = errors.Join(b.settle(part, name), b.settleNames(name))
	}
	if err != nil {
		return refused(sdk.FileOpen, "look for the committed file", err)
	}
	return &sdk.CommittedError{Path: name}
}

// named finds the file with an identity in a folder; "" where there is none.
func (b *twice) named(dir string, id identity) (string, error) {
	if id == (identity{}) {
		return "", nil
	}
	f, err := b.roots[0].Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.Type().IsRegular() && sdk.CheckPath(name) == nil && b.is(name, id) {
			return name, nil
		}
	}
	return "", nil
}

// is reports whether a name in the first folder is that of a file.
func (b *twice) is(name string, id identity) bool {
	f, err := openRegular(b.roots[0], name)
	if err != nil {
		return false
	}
	defer f.Close()
	got, err := identify(f)
	return err == nil && got == id
}

// openRegular opens a file for reading, and nothing else: a link is not followed, and a FIFO not waited for.
func openRegular(r *os.Root, name string) (*os.File, error) {
	info, err := r.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	return r.Open(name)
}
