package local

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/postern/postern/sdk"
)

// Parts lists the temporary files below the root, those that are being written too.
func (b *Backend) Parts() ([]sdk.Part, error) {
	var parts []sdk.Part
	err := b.each(func(at string, info fs.FileInfo) error {
		_, name := cut(at)
		id, ok := partID(name)
		if !ok {
			return nil
		}
		parts = append(parts, sdk.Part{ID: id, Path: at, Size: info.Size(), Modified: info.ModTime()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the temporary files: %w", err)
	}
	return parts, nil
}

// RemovePart removes a temporary file that no writer has, and the empty folders that were made for it. One that is gone
// is no error. file.busy: a writer has it.
func (b *Backend) RemovePart(t sdk.Target, kept []byte) error {
	at, err := locate(t)
	if err != nil {
		return err
	}
	st, err := decodeState(kept)
	if err != nil {
		return sdk.Refuse(sdk.FileOpen, "remove the temporary file").Because(err)
	}
	return b.removePart(at, st.Made)
}

func (b *Backend) removePart(at place, made int) error {
	f, err := b.open(at.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return refused(sdk.FileOpen, "remove the temporary file", err)
	}
	err = b.ledger.move(func() error {
		if b.ledger.busy(at.partPath()) {
			return sdk.Refuse(sdk.FileBusy, "the temporary file is in use")
		}
		return b.unlink(f, at.part)
	})
	f.close()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return refused(sdk.FileOpen, "remove the temporary file", err)
	}
	b.folders.enter(at.dir)
	b.folders.claim(at.dir, made)
	b.folders.leave(at.dir, false, b.removeEmpty)
	return nil
}

// sizes calls back with every regular file below the root.
func (b *Backend) sizes(each func(path string, size int64)) error {
	return b.each(func(at string, info fs.FileInfo) error {
		each(at, info.Size())
		return nil
	})
}

// each walks the regular files below the root. What goes away meanwhile is no error.
func (b *Backend) each(visit func(path string, info fs.FileInfo) error) error {
	return b.eachIn("", visit)
}

func (b *Backend) eachIn(dir string, visit func(path string, info fs.FileInfo) error) error {
	entries, err := b.entries(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errLink) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, info := range entries {
		name := path.Join(dir, info.Name())
		var err error
		if info.IsDir() {
			err = b.eachIn(name, visit)
		} else if info.Mode().IsRegular() {
			err = visit(name, info)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// entries looks at everything in a folder.
func (b *Backend) entries(dir string) ([]fs.FileInfo, error) {
	f, err := b.open(dir)
	if err != nil {
		return nil, err
	}
	defer f.close()
	all, err := f.dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", dir, err)
	}
	found := make([]fs.FileInfo, 0, len(all))
	for _, name := range all {
		info, err := f.Lstat(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look at %s: %w", path.Join(dir, name), err)
		}
		if err == nil {
			found = append(found, info)
		}
	}
	return found, nil
}
