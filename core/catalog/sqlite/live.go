package sqlite

import "github.com/postern/postern/core/catalog"

// The writer remembers the entries that sessions hold, as they are in its
// transaction: each transition of a transfer would otherwise read and decode
// what the one before it wrote.

// undo is what live held of an entry before a change.
type undo struct {
	id  string
	was stored
	had bool
}

// remember notes what has become of an entry.
func (t *tx) remember(s stored) {
	if s.Stage != catalog.StageTransfer || s.Step != catalog.StepCurrent {
		t.forget(s.ID)
		return
	}
	t.note(s.ID)
	t.w.live[s.ID] = s
}

// forget notes that no session holds an entry.
func (t *tx) forget(id string) {
	t.note(id)
	delete(t.w.live, id)
}

func (t *tx) note(id string) {
	was, had := t.w.live[id]
	t.undo = append(t.undo, undo{id, was, had})
}

// takeBack undoes the changes from the nth on.
func (t *tx) takeBack(n int) {
	for i := len(t.undo) - 1; i >= n; i-- {
		if u := t.undo[i]; u.had {
			t.w.live[u.id] = u.was
		} else {
			delete(t.w.live, u.id)
		}
	}
	t.undo = t.undo[:n]
}

// current puts what the writer remembers in the place of what was read.
func (t *tx) current(read []stored) []stored {
	for i := range read {
		if s, ok := t.w.live[read[i].ID]; ok {
			read[i] = s
		}
	}
	return read
}
