package local

import (
	"errors"
	"io/fs"
	"os"

	"github.com/postern/postern/sdk"
)

// Quarantine syncs the file and gives it another name, which must be free; both are durable when it returns. The writer
// is closed then. When it fails before the file has the name, the temporary file stays.
func (w *writer) Quarantine(name string) error {
	w.sync.Lock()
	defer w.sync.Unlock()
	if w.end != running {
		return sdk.Refuse(sdk.DataIO, "quarantine").Because(os.ErrClosed)
	}
	err := w.quarantine(name)
	if _, stat := w.folder.Lstat(w.at.part); !errors.Is(stat, fs.ErrNotExist) {
		return errors.Join(err, w.close())
	}
	w.end = ended
	w.claim.settle(w.claim.high.Load())
	err = errors.Join(err, w.file.Close())
	w.folder.close()
	w.backend.folders.leave(w.at.dir, false, w.backend.removeEmpty)
	return err
}

func (w *writer) quarantine(name string) error {
	if err := errors.Join(w.breakage(), sdk.CheckPath(name), w.backend.checkLength(name)); err != nil {
		return err
	}
	if err := w.syncBytes(); err != nil {
		return err
	}
	if err := w.stillThere(); err != nil {
		return failed("quarantine", err)
	}
	dir, last := cut(name)
	w.backend.folders.enter(dir)
	err := w.backend.renameInto(w.folder, w.at.part, dir, last)
	w.backend.folders.leave(dir, err == nil, w.backend.removeEmpty)
	return err
}
