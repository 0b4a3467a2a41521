package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

// reader is one of the two copies.
type reader struct {
	*os.File
	info sdk.FileInfo
}

// Info is the file's as it was opened.
func (r *reader) Info() sdk.FileInfo { return r.info }

// Open opens the first copy, or the second where the first is gone or cannot be opened.
func (b *twice) Open(name string) (sdk.Reader, error) {
	if err := sdk.CheckPath(name); err != nil {
		return nil, err
	}
	var errs [2]error
	for i, r := range b.roots {
		f, err := openRegular(r, name)
		if err != nil {
			errs[i] = err
			continue
		}
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(refused(sdk.FileOpen, "open", err), f.Close())
		}
		return &reader{f, about(name, info)}, nil
	}
	return nil, missing("open", errs)
}

// missing is file.missing only where both folders say so.
func missing(doing string, errs [2]error) error {
	for _, err := range errs {
		if !errors.Is(err, fs.ErrNotExist) {
			return refused(sdk.FileOpen, doing, err)
		}
	}
	return sdk.Refuse(sdk.FileMissing, "%s", doing).Because(errs[0])
}

func about(name string, i fs.FileInfo) sdk.FileInfo {
	out := sdk.FileInfo{Path: name, Modified: i.ModTime(), Dir: i.IsDir(), Tag: tag(i)}
	if !out.Dir {
		out.Size = i.Size()
	}
	return out
}

// Stat tells about a file or a folder.
func (b *twice) Stat(name string) (sdk.FileInfo, error) {
	if err := sdk.CheckPath(name); err != nil {
		return sdk.FileInfo{}, err
	}
	var errs [2]error
	for i, r := range b.roots {
		info, err := r.Lstat(name)
		if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			err = errors.New("it is neither a file nor a folder")
		}
		if err == nil {
			return about(name, info), nil
		}
		errs[i] = err
	}
	return sdk.FileInfo{}, missing("stat", errs)
}

// List tells what is in a folder, each name once.
func (b *twice) List(dir string) ([]sdk.FileInfo, error) {
	if dir != "" {
		if err := sdk.CheckPath(dir); err != nil {
			return nil, err
		}
	}
	found := map[string]sdk.FileInfo{}
	var errs [2]error
	for i, r := range b.roots {
		entries, err := fs.ReadDir(r.FS(), path.Join(".", dir))
		errs[i] = err
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			info, err := e.Info()
			if _, has := found[name]; has || err != nil || sdk.CheckPath(name) != nil || !info.IsDir() && !info.Mode().IsRegular() {
				continue // hidden, removed meanwhile, or none of ours
			}
			found[name] = about(name, info)
		}
	}
	if errs[0] != nil && errs[1] != nil {
		return nil, missing("list", errs)
	}
	out := make([]sdk.FileInfo, 0, len(found))
	for _, i := range found {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b sdk.FileInfo) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// Remove removes both copies, the first last: it decides whether the file is there.
func (b *twice) Remove(name string) error {
	i, err := b.Stat(name)
	if err != nil {
		return err
	}
	if i.Dir {
		return sdk.Refuse(sdk.FileOpen, "remove: it is a folder")
	}
	b.names.Lock()
	defer b.names.Unlock()
	var errs [2]error
	for i := len(b.roots) - 1; i >= 0; i-- {
		if errs[i] = b.roots[i].Remove(name); errs[i] != nil && !errors.Is(errs[i], fs.ErrNotExist) {
			return refused(sdk.FileOpen, "remove", errs[i])
		}
	}
	if errs[0] != nil && errs[1] != nil {
		return missing("remove", errs)
	}
	return refusedOrNil("remove", b.settleNames(name))
}

func refusedOrNil(doing string, err error) error {
	if err == nil {
		return nil
	}
	return refused(sdk.FileOpen, doing, err)
}

// RemovePart removes the temporary files of a transfer that is not running.
func (b *twice) RemovePart(t sdk.Target, kept []byte) error {
	if err := check(t); err != nil {
		return err
	}
	s, err := parseState(kept)
	if err != nil {
		return err
	}
	release, err := b.claim(t.ID, sdk.FileBusy)
	if err != nil {
		return err
	}
	defer release()
	err = b.finish(t, s.File) // the second copy may still have its temporary name
	if errors.Is(err, sdk.ErrCommitted) {
		return nil
	}
	if err != nil {
		return err
	}
	return refusedOrNil("remove the temporary file", b.removeParts(parts+"/"+t.ID))
}

// Parts lists the temporary files, each once.
func (b *twice) Parts() ([]sdk.Part, error) {
	var out []sdk.Part
	for _, r := range b.roots {
		entries, err := fs.ReadDir(r.FS(), parts)
		if err != nil {
			return nil, refused(sdk.FileOpen, "list the temporary files", err)
		}
		for _, e := range entries {
			info, err := e.Info()
			known := slices.ContainsFunc(out, func(p sdk.Part) bool { return p.ID == e.Name() })
			if err != nil || known || sdk.CheckID(e.Name()) != nil || !info.Mode().IsRegular() {
				continue
			}
			out = append(out, sdk.Part{ID: e.Name(), Path: parts + "/" + e.Name(), Size: info.Size(), Modified: info.ModTime()})
		}
	}
	return out, nil
}
