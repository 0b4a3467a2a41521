package memory

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

type reader struct {
	file *file
	info sdk.FileInfo
}

// Open opens a file for reading.
func (b *Backend) Open(name string) (sdk.Reader, error) {
	if err := sdk.CheckPath(name); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.files[name]
	if f == nil {
		if b.isFolder(name) {
			return nil, sdk.Refuse(sdk.FileOpen, "it is a folder")
		}
		return nil, sdk.Refuse(sdk.FileMissing, "there is no such file")
	}
	return &reader{file: f, info: describe(name, f)}, nil
}

func (r *reader) Info() sdk.FileInfo { return r.info }

func (r *reader) Close() error { return nil }

func (r *reader) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, os.ErrInvalid
	}
	return readAt(r.file.data, b, off)
}

// ReadvAt fills several buffers.
func (r *reader) ReadvAt(bufs [][]byte, off int64) (done int, err error) {
	for _, b := range bufs {
		n, err := r.ReadAt(b, off+int64(done))
		done += n
		if err != nil && (err != io.EOF || len(b) > 0) {
			return done, err
		}
	}
	return done, nil
}

func describe(name string, f *file) sdk.FileInfo {
	tag := fmt.Sprintf("%x-%x", f.serial, len(f.data))
	return sdk.FileInfo{Path: name, Size: int64(len(f.data)), Modified: f.modified, Tag: tag}
}

// Stat describes a file or a folder.
func (b *Backend) Stat(name string) (sdk.FileInfo, error) {
	if err := sdk.CheckPath(name); err != nil {
		return sdk.FileInfo{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.files[name]; f != nil {
		return describe(name, f), nil
	}
	if b.isFolder(name) {
		return sdk.FileInfo{Path: name, Dir: true}, nil
	}
	return sdk.FileInfo{}, sdk.Refuse(sdk.FileMissing, "there is no such file")
}

// List lists a folder, "" the root, by name.
func (b *Backend) List(dir string) ([]sdk.FileInfo, error) {
	prefix := ""
	if dir != "" {
		if err := sdk.CheckPath(dir); err != nil {
			return nil, err
		}
		prefix = dir + "/"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if dir != "" && !b.isFolder(dir) {
		return nil, sdk.Refuse(sdk.FileMissing, "there is no such folder")
	}
	found := map[string]sdk.FileInfo{}
	for name, f := range b.files {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if first, _, deeper := strings.Cut(rest, "/"); deeper {
			found[first] = sdk.FileInfo{Path: prefix + first, Dir: true}
		} else {
			found[first] = describe(name, f)
		}
	}
	for name := range b.folders {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			first, _, _ := strings.Cut(rest, "/")
			found[first] = sdk.FileInfo{Path: prefix + first, Dir: true}
		}
	}
	list := make([]sdk.FileInfo, 0, len(found))
	for _, info := range found {
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b sdk.FileInfo) int { return cmp.Compare(a.Path, b.Path) })
	return list, nil
}

// Rename renames a file.
func (b *Backend) Rename(from, to string) error {
	if err := errors.Join(sdk.CheckPath(from), sdk.CheckPath(to)); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.files[from]
	if f == nil {
		return sdk.Refuse(sdk.FileMissing, "there is no such file")
	}
	if err := b.mayTake(to, sdk.ExistsFail); err != nil {
		return err
	}
	if err := b.Faults.next(&b.Faults.rename); err != nil {
		return sdk.ToRefusal(err, sdk.FileOpen)
	}
	delete(b.files, from)
	b.files[to] = f
	return nil
}

// Remove removes a file.
func (b *Backend) Remove(name string) error {
	if err := sdk.CheckPath(name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.files[name] == nil {
		return sdk.Refuse(sdk.FileMissing, "there is no such file")
	}
	delete(b.files, name)
	return nil
}

// RemovePart removes a temporary file that no writer has.
func (b *Backend) RemovePart(t sdk.Target, _ []byte) error {
	name, err := check(t)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.parts[name]; p != nil && p.open {
		return sdk.Refuse(sdk.FileBusy, "the temporary file is in use")
	}
	delete(b.parts, name)
	return nil
}

// Parts lists the temporary files.
func (b *Backend) Parts() ([]sdk.Part, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]sdk.Part, 0, len(b.parts))
	for _, p := range b.parts {
		p.mu.RLock()
		list = append(list, sdk.Part{ID: p.id, Path: p.path, Size: int64(len(p.data)), Modified: p.modified})
		p.mu.RUnlock()
	}
	slices.SortFunc(list, func(a, b sdk.Part) int { return cmp.Compare(a.Path, b.Path) })
	return list, nil
}

// Paths lists every path there is, temporary files included.
func (b *Backend) Paths() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	for name := range b.files {
		list = append(list, name)
	}
	for name := range b.parts {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
