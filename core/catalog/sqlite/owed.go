package sqlite

import "time"

// repeat runs what was answered early and lost when a disk was full, and is owed
// all the same. A grant is not: it is as if it had not been, and its session
// finds out.
func (w *writer) repeat(t *tx) error {
	for _, j := range w.again {
		if err := t.isolated(&job{run: j.run}); t.failed == nil && isStorage(err) {
			t.failed = err
		}
		if t.failed != nil {
			err := t.failed
			w.commit()
			return err
		}
		t.told = append(t.told, j)
	}
	w.again = nil
	return nil
}

// retry is how long the writer waits before it tries again by itself to store
// what a full disk did not take.
const retry = time.Second

// keep remembers what was answered early and is lost with its transaction.
func (w *writer) keep(t *tx) {
	switch {
	case w.broken != nil: // it is what a crash would have left
		w.again = nil
	case len(w.again) == 0:
		w.again = t.told
	}
	if len(w.again) > 0 {
		w.late.Reset(retry)
	}
}
