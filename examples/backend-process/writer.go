package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/postern/postern/sdk"
)

// writer is one file being received: two temporary files, the second a copy of the first.
type writer struct {
	home    *twice
	target  sdk.Target
	part    string
	files   [2]*os.File
	id      identity // of the first
	release func()

	size   atomic.Int64          // bytes that are in both
	broken atomic.Pointer[error] // of a write or sync that failed: the two may differ, or nobody knows what is on disk

	mu    sync.Mutex // held by all but WriteAt
	named bool       // the temporary names are durable
	over  bool       // the files are closed
	gone  bool       // there is no temporary file any more
}

// WriteAt writes both files.
func (w *writer) WriteAt(bufs [][]byte, off int64) error {
	if err := w.breakage(); err != nil {
		return err
	}
	if off < 0 {
		return sdk.Refuse(sdk.DataIO, "write at %d: no such place", off)
	}
	for _, f := range w.files {
		end := off
		for _, p := range bufs {
			n, err := f.WriteAt(p, end)
			if end += int64(n); err != nil {
				return w.breakBy("write the temporary file", err)
			}
		}
		if f == w.files[1] && end > w.size.Load() {
			w.size.Store(end) // only the goroutine that writes raises it
		}
	}
	return nil
}

// Truncate refuses to make the file longer.
func (w *writer) Truncate(off int64) error {
	w.mu.Lock() // a running Sync has said what it covers
	defer w.mu.Unlock()
	if err := w.breakage(); err != nil {
		return err
	}
	if has := w.size.Load(); off < 0 || off > has {
		return sdk.Refuse(sdk.DataIO, "cut the temporary file at %d: it has %d bytes", off, has)
	}
	for _, f := range w.files {
		if err := f.Truncate(off); err != nil {
			return w.breakBy("cut the temporary file", err)
		}
	}
	w.size.Store(off)
	return nil
}

// Sync makes both files durable, and the first time their names too.
func (w *writer) Sync() (durable int64, kept []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	durable = w.size.Load() // before: a write that returns meanwhile may not be covered
	if err := w.sync(); err != nil {
		return 0, nil, err
	}
	if !w.named {
		for _, r := range w.home.roots {
			if err := w.home.syncFolder(r, parts); err != nil {
				return 0, nil, w.breakBy("make the temporary name durable", err)
			}
		}
		w.named = true
	}
	kept, err = json.Marshal(state{Version: 1, File: w.id, Size: durable})
	return durable, kept, err
}

func (w *writer) sync() error {
	if err := w.breakage(); err != nil {
		return err
	}
	for _, f := range w.files {
		if err := w.home.fsync(f); err != nil {
			return w.breakBy("sync the temporary file", err)
		}
	}
	return nil
}

// State names the file before anything of it is durable.
func (w *writer) State() ([]byte, error) { return json.Marshal(state{Version: 1, File: w.id}) }

// Commit gives the file its name. Whatever happens, the writer is closed; without a name the temporary files stay.
func (w *writer) Commit(rule sdk.OnExists) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return "", sdk.Refuse(sdk.DataIO, "commit").Because(os.ErrClosed)
	}
	defer w.close() // everything that could fail with it was synced
	t := w.target
	t.OnExists = rule
	if err := errors.Join(w.breakage(), check(t)); err != nil {
		return "", err
	}
	durable := t.Durability != sdk.DurabilityNone
	if durable {
		if err := w.sync(); err != nil {
			return "", err
		}
	}
	name, err := w.home.place(w.part, t.Path, rule)
	if err == nil && durable {
		err = w.home.settleNames(name)
	}
	if err != nil {
		return "", refused(sdk.DataIO, "give the file its name", err)
	}
	w.gone = true
	return name, nil
}

// Close leaves the temporary files. More than once is no error.
func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.close()
}

func (w *writer) close() error {
	if w.over {
		return nil
	}
	w.over = true
	defer w.release()
	closed := error(sdk.Refuse(sdk.DataIO, "the file is closed"))
	w.broken.CompareAndSwap(nil, &closed)
	return errors.Join(w.files[0].Close(), w.files[1].Close())
}

// Discard leaves nothing. After a Commit that succeeded it does nothing.
func (w *writer) Discard() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		return nil
	}
	if w.over { // somebody else may have opened them meanwhile
		release, err := w.home.claim(w.target.ID, sdk.FileBusy)
		if err != nil {
			return err
		}
		defer release()
	}
	w.gone = true
	err := w.home.removeParts(w.part)
	return errors.Join(err, w.close())
}

func (b *twice) removeParts(part string) (err error) {
	for i := range b.roots {
		e := b.roots[len(b.roots)-1-i].Remove(part) // the first last: without it nobody would look for the second
		if !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// smaller is how many bytes are in both files: a crash may have taken more of the one than of the other.
func (w *writer) smaller() (int64, error) {
	size := int64(-1)
	for _, f := range w.files {
		info, err := f.Stat()
		if err != nil {
			return 0, refused(sdk.FileOpen, "resume", err)
		}
		if size < 0 || info.Size() < size {
			size = info.Size()
		}
	}
	for _, f := range w.files {
		if err := f.Truncate(size); err != nil {
			return 0, refused(sdk.FileOpen, "resume", err)
		}
	}
	return size, nil
}

func (w *writer) breakage() error {
	if err := w.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// breakBy breaks the writer for good: the file goes on from its last sync point, with another writer.
func (w *writer) breakBy(doing string, err error) error {
	err = refused(sdk.DataIO, doing, err)
	w.broken.CompareAndSwap(nil, &err)
	return err
}
