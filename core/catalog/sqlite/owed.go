package sqlite

import "time"

// repeat runs what was answered early and lost when a disk was full, and is owed
// all the same. A grant is not: it is as if it had not been, and its session
// finds out.
func (w *writer) repeat(t *tx) error {
	again := w.again
	w.again = nil
	t.again = true
	defer func() { t.again = false }()
	for _, j := range again {
		if err := t.isolated(&job{run: j.run}); t.failed == nil && isStorage(err) {
			t.failed = err
		}
		if t.failed != nil {
			err := t.failed
			t.told, w.again = nil, again
			w.commit(false)
			return err
		}
		t.told = append(t.told, j)
	}
	return nil
}

// retry is how long the writer waits before it tries again by itself to store
// what a full disk did not take.
const retry = time.Second

// keep remembers what was answered early and is lost with its transaction.
func (w *writer) keep(t *tx) {
	w.again = append(t.told, w.again...)
	if w.broken != nil { // it is what a crash would have left
		w.again = nil
	}
}

// owe answers a call that a full disk did not take, and makes it later.
func (w *writer) owe(j *job) {
	j.err, w.again = nil, append(w.again, j)
	w.lagging.Store(true)
	j.answer()
	if w.open == nil { // else it is set already, for what has waited longer
		w.late.in(lag)
	}
}
