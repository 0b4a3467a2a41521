package local

import (
	"errors"
	"io/fs"

	"github.com/postern/postern/sdk"
)

// Mkdir makes a folder in one that is there, and is durable when it returns. file.missing, file.exists.
func (b *Backend) Mkdir(name string) error {
	if err := errors.Join(sdk.CheckPath(name), b.checkLength(name)); err != nil {
		return err
	}
	dir, last := cut(name)
	b.folders.enter(name)
	f, err := b.open(dir)
	if err == nil {
		err = f.Mkdir(last, folderMode)
		f.close()
	}
	if err == nil {
		b.folders.made(name)
	}
	// One that a transfer made just now stays as well, whatever becomes of the transfer: somebody counts on it.
	b.folders.leave(name, err == nil || errors.Is(err, fs.ErrExist), b.removeEmpty)
	if err != nil {
		return missingOr("make the folder", err)
	}
	if err := b.settleFolders(name); err != nil {
		return failed("make the folder durable", err)
	}
	return nil
}

// Rmdir removes an empty folder, and is durable when it returns. file.missing, file.open.
func (b *Backend) Rmdir(name string) error {
	if err := sdk.CheckPath(name); err != nil {
		return err
	}
	dir, last := cut(name)
	f, err := b.open(dir)
	if err != nil {
		return missingOr("remove the folder", err)
	}
	defer f.close()
	info, err := f.Lstat(last)
	if err == nil && !info.IsDir() {
		err = errNotFolder
	}
	if err == nil {
		err = f.Remove(last)
	}
	switch {
	case notEmpty(err):
		return sdk.Refuse(sdk.FileOpen, "the folder is not empty").Because(err)
	case err != nil:
		return missingOr("remove the folder", err)
	}
	if err := b.sys.sync(f.dir); err != nil {
		return failed("make the removal durable", err)
	}
	return nil
}
