package memory

import (
	"encoding/json"
	"os"

	"github.com/postern/postern/sdk"
)

// State names the file before anything of it is durable.
func (w *writer) State() ([]byte, error) { return json.Marshal(state{Serial: w.part.serial}) }

// Quarantine gives the file another name, which must be free, and closes the writer. When it fails the temporary file
// stays.
func (w *writer) Quarantine(name string) error {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	defer w.close()
	if err := w.usable(); err != nil {
		return err
	}
	if err := sdk.CheckPath(name); err != nil {
		return err
	}
	b := w.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dead {
		return sdk.Refuse(sdk.DataIO, "quarantine").Because(os.ErrClosed)
	}
	if err := b.mayTake(name, sdk.ExistsFail); err != nil {
		return err
	}
	delete(b.parts, w.part.path)
	b.files[name] = w.part.file
	return nil
}
