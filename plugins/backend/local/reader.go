package local

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/postern/postern/sdk"
)

// reader is one file being sent. It goes on reading the same file when the name is given to another one.
type reader struct {
	backend *Backend
	file    *os.File
	raw     syscall.RawConn
	info    sdk.FileInfo
	lies    lies // of ReadvNow
}

// Open opens a regular file. It refuses with file.name, file.missing or file.open.
func (b *Backend) Open(name string) (sdk.Reader, error) {
	if err := sdk.CheckPath(name); err != nil {
		return nil, err
	}
	dir, last := cut(name)
	f, err := b.open(dir)
	if err != nil {
		return nil, missingOr("open", err)
	}
	defer f.close()
	file, info, err := openRegular(f, last, os.O_RDONLY)
	if err != nil {
		return nil, missingOr("open", err)
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(refused(sdk.FileOpen, "open", err), file.Close())
	}
	return &reader{backend: b, file: file, raw: raw, info: describe(name, info)}, nil
}

// Info says what the file was when it was opened.
func (r *reader) Info() sdk.FileInfo { return r.info }

func (r *reader) ReadAt(p []byte, off int64) (int, error) { return r.file.ReadAt(p, off) }

// ReadvAt fills several buffers with one system call. Calls may overlap.
func (r *reader) ReadvAt(bufs [][]byte, off int64) (int, error) {
	v := r.backend.vectors.Get().(*vector)
	defer r.backend.vectors.Put(v)
	return v.readAt(r.file, r.raw, bufs, off)
}

// ReadvNow fills several buffers as far as the file is in memory.
func (r *reader) ReadvNow(bufs [][]byte, off int64) (int, error) {
	v := r.backend.vectors.Get().(*vector)
	defer r.backend.vectors.Put(v)
	if r.lies == anywhere {
		n, tells, err := v.readNow(r.raw, bufs, off)
		switch {
		case tells:
			return n, err
		case inMemory(r.raw):
			r.lies = inside
		default:
			r.lies = outside
		}
	}
	if r.lies == outside {
		return 0, nil
	}
	return v.readAt(r.file, r.raw, bufs, off)
}

// lies is where a file lies whose file system does not tell what of it is in memory.
type lies uint8

const (
	anywhere lies = iota // not asked yet, or it does tell
	inside               // in memory
	outside
)

func (r *reader) Close() error { return r.file.Close() }

func describe(name string, info fs.FileInfo) sdk.FileInfo {
	d := sdk.FileInfo{Path: name, Modified: info.ModTime(), Dir: info.IsDir()}
	if !d.Dir {
		d.Size, d.Tag = info.Size(), tag(info)
	}
	return d
}

// missingOr refuses with file.missing when that is what err says, or with what fits better.
func missingOr(doing string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return sdk.Refuse(sdk.FileMissing, "%s", doing).Because(err)
	}
	return refused(sdk.FileOpen, doing, err)
}
