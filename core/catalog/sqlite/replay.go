package sqlite

import (
	"encoding/binary"
	"fmt"

	"github.com/postern/postern/core/catalog"
)

// items reads a record.
type items struct {
	b   []byte
	bad bool
}

func (r *items) number() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *items) bytes() []byte {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > uint64(len(r.b)-n) {
		r.b, r.bad = nil, true
		return nil
	}
	out := r.b[n : n+int(v) : n+int(v)]
	r.b = r.b[n+int(v):]
	return out
}

func (r *items) kind() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	k := r.b[0]
	r.b = r.b[1:]
	return k
}

// replay makes what a record says known.
func (t *tx) replay(record []byte) error {
	r := &items{b: record}
	for len(r.b) > 0 && !r.bad {
		if err := t.item(r); err != nil {
			return err
		}
	}
	if r.bad {
		return fmt.Errorf("%w: a record of the journal cannot be read", catalog.ErrCorrupt)
	}
	return nil
}

func (t *tx) item(r *items) error {
	kind, id := r.kind(), string(r.bytes())
	switch kind {
	case itemEntry:
		return t.itemEntry(r, id)
	case itemNumber:
		if last := r.number(); !r.bad {
			t.count(id, last)
		}
		return nil
	case itemGone:
		if seq := r.number(); !r.bad {
			t.remove(stored{Entry: catalog.Entry{ID: id}, seq: seq})
		}
		return nil
	case itemPoints, itemRow:
	default:
		r.bad = true
	}
	if r.bad {
		return nil
	}
	s, err := t.find(id)
	if err != nil {
		return err
	}
	if kind == itemPoints {
		return t.itemPoints(r, s)
	}
	x := extra{kind: r.kind(), id: string(r.bytes()), n: r.number(), body: r.bytes()}
	if r.bad {
		return nil
	}
	if there, err := t.hasRow(s, x); there || err != nil {
		return err
	}
	t.attach(s, x)
	return nil
}

// hasRow says whether a salvaged entry has a row already: the database may have
// taken over a record and not be able to say so any more.
func (t *tx) hasRow(s stored, x extra) (there bool, err error) {
	switch {
	case t.newer && x.kind == rowDecisions:
		there, err = t.hasDecision(s, x.n)
	case t.newer && x.kind == rowEvent:
		err = t.row([]any{&there}, `SELECT EXISTS (SELECT 1 FROM event WHERE id = ?)`, x.id)
	}
	return there, err
}

func (t *tx) itemEntry(r *items, id string) error {
	s := stored{seq: r.number()}
	body := r.bytes()
	if r.kind() == 1 {
		s.before = r.bytes()
	}
	if r.bad {
		return nil
	}
	var err error
	if s.Entry, err = decodeEntry(t.w.path, body, sum(body)); err != nil {
		return err
	}
	if s.ID != id {
		return damaged(t.w.path, "a record of the journal names another entry", nil)
	}
	was, err := t.find(id)
	switch {
	case err == nil && t.newer && was.Version > s.Version:
		return nil
	case err == nil:
		s.Point, s.Ahead, s.absent = was.Point, was.Ahead, was.absent
	case !isMissing(err):
		return err
	default:
		s.absent = true
	}
	was.ID, was.seq = id, s.seq
	k := t.next(was)
	k.stored = s
	k.put, k.gone, k.body = true, false, nil
	t.w.seq = max(t.w.seq, s.seq)
	t.set(k)
	return nil
}

func (t *tx) itemPoints(r *items, s stored) error {
	b := r.bytes()
	if r.bad {
		return nil
	}
	var p points
	if err := unseal(t.w.path, "the sync points of entry "+s.ID, b, sum(b), &p); err != nil {
		return err
	}
	if t.newer && s.Point.Number > 0 && p.At.Before(s.UpdatedAt) {
		return nil
	}
	k := t.next(s)
	k.take(p)
	k.pointed, k.body = true, nil
	t.set(k)
	return nil
}
