package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// makeFolder makes the data folder.
func makeFolder(path string) error { return Make(path, folderMode) }

// Make makes a folder, with its parents, where it is missing, and makes its name durable: what is acknowledged below it would
// be lost with it.
func Make(path string, mode fs.FileMode) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		// Whoever made it may have been killed before its name was synced. Where its parent cannot be opened or synced it
		// was not us.
		if err := syncFolder(filepath.Dir(path)); errors.Is(err, syscall.EIO) {
			return err
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(path, mode) // which says what is in its way
	}
	if err := Make(filepath.Dir(path), mode); err != nil {
		return err
	}
	if err := os.Mkdir(path, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", path, err)
	}
	return nil
}
