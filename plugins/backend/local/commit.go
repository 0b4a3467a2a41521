package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/postern/postern/sdk"
)

// Commit syncs the file, renames it and syncs the folder, the last two as the durability says. When it fails after the
// rename the file has its name, and Resume says so. In every other failure the temporary file stays.
func (w *writer) Commit(rule sdk.OnExists) (string, error) {
	w.sync.Lock()
	defer w.sync.Unlock()
	if w.end != running {
		return "", sdk.Refuse(sdk.DataIO, "commit").Because(os.ErrClosed)
	}
	name, err := w.commit(rule)
	if name == "" {
		w.close()
		return "", err
	}
	w.end = ended
	w.path = path.Join(w.at.dir, name)
	if w.target.Durability != sdk.DurabilityNone {
		w.stored, _ = w.file.Stat()
	}
	err = errors.Join(err, w.file.Close())
	w.folder.close()
	w.backend.folders.leave(w.at.dir, true, w.backend.removeEmpty)
	return w.path, err
}

// Stored implements [sdk.Stored]. Of a file that was not synced it knows nothing: elsewhere than on a local disk its times
// may change once more when it is closed.
func (w *writer) Stored() (sdk.FileInfo, bool) {
	w.sync.Lock()
	defer w.sync.Unlock()
	if w.stored == nil {
		return sdk.FileInfo{}, false
	}
	return describe(w.path, w.stored), true
}

// Flush syncs the file, so that Commit need not. When that fails, so does Commit.
func (w *writer) Flush() {
	w.sync.Lock()
	defer w.sync.Unlock()
	if w.end == running && w.breakage() == nil && w.target.Durability != sdk.DurabilityNone {
		_ = w.syncBytes() // which breaks the writer
	}
}

// syncBytes makes what was written durable, unless it is.
func (w *writer) syncBytes() error {
	if !w.dirty.Swap(false) {
		return nil
	}
	if err := w.backend.sys.datasync(w.file); err != nil {
		return w.breakBy(err)
	}
	return nil
}

// commit returns the name that the file has got, also with an error.
func (w *writer) commit(rule sdk.OnExists) (name string, err error) {
	if err := errors.Join(w.breakage(), checkRule(rule)); err != nil {
		return "", err
	}
	durable := w.target.Durability != sdk.DurabilityNone
	if durable {
		if err := w.syncBytes(); err != nil {
			return "", err
		}
	}
	if err := w.stillThere(); err != nil {
		return "", failed("commit", err)
	}
	if err := w.backend.ledger.move(func() error { name, err = w.rename(rule); return err }); err != nil {
		return "", err
	}
	if !durable {
		return name, nil
	}
	w.named = false
	if err := w.settleName(); err != nil {
		return name, failed("make the name durable", err)
	}
	return name, nil
}

// stillThere fails when the folder was moved or replaced since the file was opened in it.
func (w *writer) stillThere() error {
	same, err := w.backend.walker.is(w.folder, w.at.dir)
	if err == nil && !same {
		err = fmt.Errorf("folder %s: %w", w.at.dir, errMoved)
	}
	return err
}

var errMoved = errors.New("it is not the folder any more in which the file was made")

// rename gives the file its name by the rule and settles its claim.
func (w *writer) rename(rule sdk.OnExists) (name string, err error) {
	counted := w.backend.ledger.limit > 0
	bytes, replaced := w.claim.high.Load(), int64(0)
	if counted {
		if bytes, err = fileSize(w.file); err != nil {
			return "", failed("commit", err)
		}
	}
	switch rule {
	case sdk.ExistsReplace:
		name = w.at.name
		if counted {
			replaced = w.inTheWay()
		}
		err = w.folder.Rename(w.at.part, w.at.name)
	case sdk.ExistsUnique:
		name, err = w.renameUnique()
	default:
		name = w.at.name
		err = renameNew(w.folder, w.at.part, w.folder, name)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return "", sdk.Refuse(sdk.FileExists, "the name was taken meanwhile").Because(err)
	case err != nil:
		return "", failed("rename the temporary file", err)
	}
	w.claim.settle(bytes)
	w.backend.ledger.give(replaced)
	return name, nil
}

// inTheWay is the size of the file that has the name.
func (w *writer) inTheWay() int64 {
	info, err := w.folder.Lstat(w.at.name)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// maxSiblings is how many names on_exists unique tries.
const maxSiblings = 100_000

func (w *writer) renameUnique() (name string, err error) {
	name = w.at.name
	for n := 1; n <= maxSiblings; n++ {
		err = renameNew(w.folder, w.at.part, w.folder, name)
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
		name = sdk.Sibling(w.at.name, n)
	}
	return "", err
}
