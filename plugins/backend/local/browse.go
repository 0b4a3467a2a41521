package local

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/postern/postern/sdk"
)

// Stat describes a file or a folder. What is neither is file.missing.
func (b *Backend) Stat(name string) (sdk.FileInfo, error) {
	if err := sdk.CheckPath(name); err != nil {
		return sdk.FileInfo{}, err
	}
	dir, last := cut(name)
	f, err := b.open(dir)
	if err != nil {
		return sdk.FileInfo{}, missingOr("stat", err)
	}
	defer f.close()
	info, err := f.Lstat(last)
	if err == nil && !shown(info) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return sdk.FileInfo{}, missingOr("stat", err)
	}
	return describe(name, info), nil
}

// List lists a folder, "" the root, by name. It leaves out what Open would refuse: hidden names, links, FIFOs, devices.
func (b *Backend) List(dir string) ([]sdk.FileInfo, error) {
	if dir != "" {
		if err := sdk.CheckPath(dir); err != nil {
			return nil, err
		}
	}
	f, err := b.open(dir)
	if err != nil {
		return nil, missingOr("list", err)
	}
	defer f.close()
	entries, err := list(f)
	if err != nil {
		return nil, refused(sdk.FileOpen, "list", err)
	}
	var found []sdk.FileInfo
	for _, name := range entries {
		if sdk.CheckElement(name) != nil {
			continue
		}
		if info, err := f.Lstat(name); err == nil && shown(info) {
			found = append(found, describe(path.Join(dir, name), info))
		}
	}
	slices.SortFunc(found, func(a, b sdk.FileInfo) int { return cmp.Compare(a.Path, b.Path) })
	return found, nil
}

func shown(info fs.FileInfo) bool { return info.IsDir() || info.Mode().IsRegular() }

// Rename renames a file, makes the folders it needs, and is durable when it returns. file.missing, file.exists.
func (b *Backend) Rename(from, to string) error {
	if err := errors.Join(sdk.CheckPath(from), sdk.CheckPath(to), b.checkLength(to)); err != nil {
		return err
	}
	fromDir, fromName := cut(from)
	toDir, toName := cut(to)
	source, err := b.open(fromDir)
	if err != nil {
		return missingOr("rename", err)
	}
	defer source.close()
	if err := isFile(source, fromName); err != nil {
		return missingOr("rename", err)
	}
	b.folders.enter(toDir)
	err = b.renameInto(source, fromName, toDir, toName)
	b.folders.leave(toDir, err == nil, b.removeEmpty)
	return err
}

func (b *Backend) renameInto(source *folder, fromName, toDir, toName string) error {
	target, err := b.make(toDir)
	if err != nil {
		return refused(sdk.FileOpen, "rename", err)
	}
	defer target.close()
	err = b.ledger.move(func() error { return renameNew(source, fromName, target, toName) })
	if err != nil {
		return missingOr("rename", err)
	}
	if err := errors.Join(b.sys.sync(target.dir), b.sys.sync(source.dir), b.settleFolders(toDir)); err != nil {
		return failed("make the new name durable", err)
	}
	return nil
}

func isFile(f *folder, name string) error {
	info, err := f.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	return err
}

// Remove removes a file, and is durable when it returns. It never removes a folder.
func (b *Backend) Remove(name string) error {
	if err := sdk.CheckPath(name); err != nil {
		return err
	}
	dir, last := cut(name)
	f, err := b.open(dir)
	if err != nil {
		return missingOr("remove", err)
	}
	defer f.close()
	err = b.ledger.move(func() error { return b.unlink(f, last) })
	if err != nil {
		return missingOr("remove", err)
	}
	if err := b.sys.sync(f.dir); err != nil {
		return failed("make the removal durable", err)
	}
	return nil
}

// unlink removes a regular file and takes its bytes off the count.
func (b *Backend) unlink(f *folder, name string) error {
	info, err := f.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errIrregular
	}
	if err := f.Remove(name); err != nil {
		return err
	}
	b.ledger.give(info.Size())
	return nil
}
