package sqlite

import (
	"slices"

	"github.com/postern/postern/core/catalog"
)

// The writer knows the entries that sessions hold and those whose rows in the
// database are older than what has become of them. Transitions work on what it
// knows; the database gets the outcome of many of them at once (store.go), and
// until then the journal has it (note.go).

// known is an entry as the writer knows it. It is never changed once it is in
// the writer's maps: a change puts another one in its place, so that the one
// before can be put back.
type known struct {
	stored
	put     bool    // the row must be written
	pointed bool    // and that of its points
	gone    bool    // it is removed, with all that belongs to it
	former  []int64 // rows of removed entries that had its id
	rows    []extra // to be written with it, in this order
	body    []byte  // the entry encoded; nil: not yet, or it has changed

	unnoted gaps
	// The open transaction of the database has it, and the first of its rows. A
	// change of it leaves them there.
	written     bool
	rowsWritten int
}

// gaps are what the journal does not have yet of an entry.
type gaps struct {
	put, pointed, gone, former bool
	rows                       int // how many of the last ones
}

// extra is a row that belongs to an entry.
type extra struct {
	kind byte // rowDecisions, rowCut or rowEvent
	id   string
	n    int64 // how many decisions came before; when an event is due, 0: it is parked
	body []byte
}

const (
	rowDecisions = 'd'
	rowCut       = 'c' // the decisions from the nth on are taken back
	rowEvent     = 'v'
)

// counter is the last number that a partner was given.
type counter struct {
	last            int64
	behind, unnoted bool
}

// undo is what the writer knew before a change.
type undo struct {
	id      string // of an entry
	was     *known // nil: nothing
	partner string // or of whose counter
	counter counter
}

// behind says whether the database is older than what is known.
func (k *known) behind() bool { return k.put || k.pointed || k.gone || len(k.rows) > 0 }

// open says whether a session holds the entry.
func (k *known) open() bool {
	return !k.gone && k.Stage == catalog.StageTransfer && k.Step == catalog.StepCurrent
}

// next begins a change of an entry: what is known of it already, or what was read of it.
func (t *tx) next(s stored) *known {
	k := &known{}
	switch was := t.w.known[s.ID]; {
	case was == nil:
	case was.gone && was.seq != s.seq:
		k.former, k.unnoted.former = append(slices.Clip(was.former), was.seq), true
	default:
		*k = *was
		k.rows = slices.Clip(k.rows)
	}
	k.stored, k.written = s, false
	return k
}

// set puts what has become of an entry in the place of what was known.
func (t *tx) set(k *known) {
	t.undo = append(t.undo, undo{id: k.ID, was: t.w.known[k.ID]})
	t.w.place(k.ID, k)
	t.changed = true
}

func (t *tx) count(partner string, last int64) {
	t.undo = append(t.undo, undo{partner: partner, counter: t.w.numbers[partner]})
	t.w.numbers[partner] = counter{last: last, behind: true, unnoted: true}
	t.changed = true
}

// takeBack undoes the changes from the nth on.
func (t *tx) takeBack(n int) {
	for i := len(t.undo) - 1; i >= n; i-- {
		switch u := t.undo[i]; {
		case u.partner == "":
			t.w.place(u.id, u.was)
		case u.counter == counter{}: // only the database knows it
			delete(t.w.numbers, u.partner)
		default:
			t.w.numbers[u.partner] = u.counter
		}
	}
	t.undo = t.undo[:n]
}

// place makes k what is known of an entry; nil: nothing is.
func (w *writer) place(id string, k *known) {
	if was := w.known[id]; was != nil && was.open() {
		w.running--
	}
	delete(w.behind, id)
	if k == nil {
		delete(w.known, id)
		return
	}
	w.known[id] = k
	if k.behind() {
		w.behind[id] = k
	}
	if k.open() {
		w.running++
	}
}

// settled forgets what the database has now, but for the entries that sessions
// hold: their next transition would have to read them.
func (w *writer) settled() {
	for id, k := range w.behind {
		if !k.open() {
			w.place(id, nil)
			continue
		}
		w.place(id, &known{stored: k.stored})
	}
	for partner, c := range w.numbers {
		c.behind, c.unnoted = false, false
		w.numbers[partner] = c
	}
}

// entries reads the entries of a query as they are now, in the order of seq.
// match says which of those that the database has otherwise, or not yet, belong
// to them. A query with a LIMIT must leave room for len(t.w.behind) more; ""
// stands for one that would find nothing.
func (t *tx) entries(match func(catalog.Entry) bool, query string, args ...any) (page []stored, err error) {
	if query != "" {
		rows, err := t.query(query, args...)
		if page, err = all(t.w.path, rows, err); err != nil {
			return nil, err
		}
		page = slices.DeleteFunc(page, func(s stored) bool { return t.w.behind[s.ID] != nil })
	}
	for _, k := range t.w.behind {
		if !k.gone && match(k.Entry) {
			page = append(page, k.stored)
		}
	}
	slices.SortFunc(page, func(a, b stored) int { return int(a.seq - b.seq) })
	return page, nil
}
