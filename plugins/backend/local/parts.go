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
	err := b.each(func(at string, d fs.DirEntry) error {
		_, name := cut(at)
		id, ok := partID(name)
		if !ok {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
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
	return b.each(func(at string, d fs.DirEntry) error {
		info, err := d.Info()
		if err == nil {
			each(at, info.Size())
		}
		return err
	})
}

// each walks the regular files below the root. What goes away meanwhile is no error.
func (b *Backend) each(visit func(path string, d fs.DirEntry) error) error {
	return b.eachIn("", visit)
}

func (b *Backend) eachIn(dir string, visit func(path string, d fs.DirEntry) error) error {
	entries, err := b.entries(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errLink) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range entries {
		name := path.Join(dir, d.Name())
		var err error
		if d.IsDir() {
			err = b.eachIn(name, visit)
		} else if d.Type().IsRegular() {
			err = visit(name, d)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (b *Backend) entries(dir string) ([]fs.DirEntry, error) {
	f, err := b.open(dir)
	if err != nil {
		return nil, err
	}
	defer f.close()
	list, err := f.dir.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", dir, err)
	}
	return list, nil
}
