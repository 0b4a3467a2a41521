package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/postern/postern/sdk"
)

// writer is one temporary file. WriteAt takes no lock.
type writer struct {
	backend *Backend
	target  sdk.Target
	at      place
	claim   *claim
	file    *os.File
	raw     syscall.RawConn
	vector  *vector
	id      identity

	folder *folder
	broken atomic.Pointer[error] // of the Sync that failed
	dirty  atomic.Bool           // a write or a cut has returned that no Sync covered

	sync   sync.Mutex // held by Sync, Truncate and whatever ends the writer
	named  bool       // the temporary name is on disk
	made   int        // folders to be removed by a Discard after a Close
	end    ending
	stored fs.FileInfo // of the file that Commit made; nil: not known
	path   string      // of that file
}

type ending int

const (
	running ending = iota
	closed         // the temporary file is still there
	ended          // it is not
)

func (b *Backend) newWriter(t sdk.Target, at place, f *folder, file *os.File, claim *claim) (*writer, error) {
	id, err := identify(file)
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	w := &writer{backend: b, target: t, at: at, claim: claim, file: file, raw: raw, vector: newVector(), id: id, folder: f}
	w.dirty.Store(true) // the file itself is new, or what an earlier process wrote is not known to be on disk
	return w, nil
}

// WriteAt refuses with data.space or data.io. It allocates nothing.
func (w *writer) WriteAt(bufs [][]byte, off int64) error {
	if err := w.breakage(); err != nil {
		return err
	}
	end := off + int64(total(bufs))
	if off < 0 || end < off {
		return sdk.Refuse(sdk.DataIO, "write at %d: no such place", off)
	}
	if err := w.claim.grow(end); err != nil {
		return err
	}
	err := w.vector.writeAt(w.file, w.raw, bufs, off)
	w.dirty.Store(true) // after the write: a Sync that began before need not cover it
	if err != nil {
		return failed("write the temporary file", err)
	}
	if end > w.claim.high.Load() {
		w.claim.high.Store(end) // only this goroutine raises it
	}
	return nil
}

// ReadAt reads back what was written.
func (w *writer) ReadAt(p []byte, off int64) (int, error) { return w.file.ReadAt(p, off) }

// Truncate refuses to make the file longer.
func (w *writer) Truncate(off int64) error {
	w.sync.Lock() // a running Sync has said what it covers
	defer w.sync.Unlock()
	if err := w.breakage(); err != nil {
		return err
	}
	if has := w.claim.high.Load(); off < 0 || off > has {
		return sdk.Refuse(sdk.DataIO, "cut the temporary file at %d: it has %d bytes", off, has)
	}
	if err := w.file.Truncate(off); err != nil {
		return failed("cut the temporary file", err)
	}
	w.claim.high.Store(off)
	w.dirty.Store(true)
	return nil
}

// Sync makes the bytes durable, and the first time the temporary name too. It costs nothing when nothing was written
// since the last one.
func (w *writer) Sync() (durable int64, kept []byte, err error) {
	w.sync.Lock()
	defer w.sync.Unlock()
	if err := w.breakage(); err != nil {
		return 0, nil, err
	}
	durable = w.claim.high.Load() // before: a write that returns meanwhile may not be covered
	if err := w.syncBytes(); err != nil {
		return 0, nil, err
	}
	if err := w.settleName(); err != nil {
		return 0, nil, w.breakBy(err)
	}
	w.made = w.backend.folders.ours(w.at.dir)
	return durable, state{File: w.id, Size: durable, Made: w.made}.encode(), nil
}

// settleName makes the temporary name durable, and those of new folders.
func (w *writer) settleName() error {
	if w.named {
		return nil
	}
	if err := w.backend.sys.sync(w.folder.dir); err != nil {
		return fmt.Errorf("sync folder %s: %w", w.at.dir, err)
	}
	if err := w.backend.settleFolders(w.at.dir); err != nil {
		return err
	}
	w.named = true
	return nil
}

// settleFolders makes the names of dir and of the folders above it durable, unless it is known that they are.
func (b *Backend) settleFolders(dir string) error {
	for _, p := range b.folders.unsettled(dir) {
		parent, _ := cut(p)
		f, err := b.open(parent)
		if err != nil {
			return err
		}
		err = b.sys.sync(f.dir)
		f.close()
		if err != nil {
			return fmt.Errorf("sync folder %q: %w", parent, err)
		}
		b.folders.settle(p)
	}
	return nil
}

// Close leaves the temporary file. More than once is no error.
func (w *writer) Close() error {
	w.sync.Lock()
	defer w.sync.Unlock()
	return w.close()
}

func (w *writer) close() error {
	if w.end != running {
		return nil
	}
	w.made = w.backend.folders.ours(w.at.dir)
	w.end = closed
	err := w.backend.ledger.move(func() error {
		size, err := fileSize(w.file)
		if err != nil {
			size = w.claim.held.Load()
		}
		w.claim.settle(size)
		return err
	})
	err = errors.Join(err, w.file.Close())
	w.folder.close()
	w.backend.folders.leave(w.at.dir, true, w.backend.removeEmpty)
	if err != nil {
		return failed("close the temporary file", err)
	}
	return nil
}

// Discard also removes the folders that were made for the file, when they are empty. After a Commit that succeeded it
// does nothing.
func (w *writer) Discard() error {
	w.sync.Lock()
	defer w.sync.Unlock()
	switch w.end {
	case ended:
		return nil
	case closed:
		w.end = ended
		return w.backend.removePart(w.at, w.made)
	}
	w.end = ended
	err := w.file.Close()
	err = errors.Join(err, w.backend.ledger.move(func() error {
		err := w.folder.Remove(w.at.part)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		w.claim.settle(0)
		return err
	}))
	w.folder.close()
	w.backend.folders.leave(w.at.dir, false, w.backend.removeEmpty)
	if err != nil {
		return failed("remove the temporary file "+path.Join(w.at.dir, w.at.part), err)
	}
	return nil
}

// breakage is the error of the Sync that failed.
func (w *writer) breakage() error {
	if err := w.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// breakBy breaks the writer for good: after a failed sync nobody knows what is on disk, and a second one would lie.
func (w *writer) breakBy(err error) error {
	err = failed("sync the temporary file", err)
	w.broken.Store(&err)
	return err
}

func fileSize(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// State names the temporary file before anything of it is durable: it is kept with the transfer's entry, so that a crash
// right after Commit is told apart from a lost file.
func (w *writer) State() ([]byte, error) {
	w.sync.Lock()
	defer w.sync.Unlock()
	return state{File: w.id, Made: w.backend.folders.ours(w.at.dir)}.encode(), nil
}
