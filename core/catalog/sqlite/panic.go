package sqlite

import (
	"errors"
	"fmt"

	"github.com/postern/postern/core/catalog"
)

var errPanic = errors.New("the catalog stopped writing after a panic")

// panicked gives up what is open: a session outlives a panic, and what is left
// of the call must not be committed with another's. Everybody who waits is answered.
func (w *writer) panicked() {
	w.broken = errPanic
	err := fmt.Errorf("%w: %w", catalog.ErrUncertain, errPanic)
	if w.open != nil {
		w.open.failed = err
	}
	w.commit(false)
	if j := w.runs; j != nil {
		j.err = err
		j.answer()
	}
}
