package sqlite

import (
	"math/bits"
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

	row     row // what its row in the database adds to the census
	unnoted gaps
	// The open transaction of the database has it, its points, and the first of
	// its rows. A change of it leaves the last two there.
	written       bool
	pointsWritten bool
	rowsWritten   int
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

// indexed says whether the index has it.
func (k *known) indexed() bool { return !k.gone && k.behind() }

// open says whether a session holds the entry.
func (k *known) open() bool {
	return !k.gone && k.Stage == catalog.StageTransfer && k.Step == catalog.StepCurrent
}

// next begins a change of an entry: what is known of it already, or what was
// read of it in the database. A new one is its id and seq alone.
func (t *tx) next(s stored) *known {
	k := &known{}
	switch was := t.w.known[s.ID]; {
	case was == nil:
		k.row = t.w.census.row(&s.Entry)
	case was.gone && was.seq != s.seq:
		k.former, k.unnoted.former = append(slices.Clip(was.former), was.seq), true
		k.row = was.row
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
	if was := w.known[id]; was != nil {
		if was.open() {
			w.running--
		}
		if was.indexed() {
			w.index.remove(was)
		}
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
	if k.indexed() {
		w.index.add(k)
	}
	if k.open() {
		w.running++
	}
}

// settled forgets what the database has now, but for the entries that sessions
// hold: their next transition would have to read them.
func (w *writer) settled() {
	for id, k := range w.behind {
		w.census.remove(k.row)
		var now row
		if !k.gone {
			now = w.census.row(&k.Entry)
			w.census.newest = max(w.census.newest, id)
		}
		w.census.add(now)
		if !k.open() {
			w.place(id, nil)
			continue
		}
		s := k.stored
		s.absent = false
		w.place(id, &known{stored: s, row: now})
	}
	for partner, c := range w.numbers {
		c.behind, c.unnoted = false, false
		w.numbers[partner] = c
	}
}

// room is the LIMIT with which a query finds n entries, though some of its rows
// are not what they were. SQLite plans a statement anew for each value that it
// sees there, so it sees few.
func (t *tx) room(n int) int { return 1 << bits.Len(uint(n+len(t.w.behind))) }

// entries reads the entries of a query as they are now, in the order of seq.
// match says which of those that the database has otherwise, or not yet, belong
// to them, of those with the facet; nil: all. A query with a LIMIT must leave room
// for more; "" stands for one that would find nothing.
func (t *tx) entries(f facet, match func(*catalog.Entry) bool, query string, args ...any) (page []stored, err error) {
	if query != "" {
		rows, err := t.query(query, args...)
		if page, err = all(t.w.path, rows, err); err != nil {
			return nil, err
		}
		page = slices.DeleteFunc(page, func(s stored) bool { return t.w.behind[s.ID] != nil })
	}
	for _, k := range t.w.index[f] {
		if match == nil || match(&k.Entry) {
			page = append(page, k.stored)
		}
	}
	slices.SortFunc(page, func(a, b stored) int { return int(a.seq - b.seq) })
	return page, nil
}
