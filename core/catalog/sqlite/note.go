package sqlite

import "encoding/binary"

// A record of the journal holds what has changed in one commit: entries as they
// have become, points, rows that belong to entries, removals, and counters. Each
// item begins with its kind; numbers are varints, texts and bytes follow their
// length. Bodies are encoded as the database keeps them.
const (
	itemEntry  = 'e' // id, seq, body, length of the former body + 1 or 0, former body
	itemPoints = 'p' // id, points
	itemRow    = 'r' // id, kind, id of the row, number, body
	itemGone   = 'g' // id, seq
	itemNumber = 'n' // partner, last
)

// record encodes what the journal does not have yet.
func (t *tx) record() ([]byte, error) {
	b := t.w.record[:0]
	done, counted := map[*known]bool{}, map[string]bool{}
	for _, u := range t.undo {
		if u.partner != "" {
			if c := t.w.numbers[u.partner]; c.unnoted && !counted[u.partner] {
				b = appendText(append(b, itemNumber), u.partner)
				b = binary.AppendVarint(b, c.last)
				counted[u.partner] = true
			}
			continue
		}
		k := t.w.known[u.id]
		if k == nil || done[k] {
			continue
		}
		done[k] = true
		var err error
		if b, err = appendKnown(b, k); err != nil {
			return nil, err
		}
	}
	t.w.record = b
	return b, nil
}

func appendKnown(b []byte, k *known) ([]byte, error) {
	gone := func(seq int64) {
		b = appendText(append(b, itemGone), k.ID)
		b = binary.AppendVarint(b, seq)
	}
	if k.unnoted.former {
		for _, seq := range k.former {
			gone(seq)
		}
	}
	if k.unnoted.gone {
		gone(k.seq)
		return b, nil
	}
	if k.unnoted.put {
		if err := k.encode(); err != nil {
			return nil, err
		}
		b = appendText(append(b, itemEntry), k.ID)
		b = binary.AppendVarint(b, k.seq)
		b = appendText(b, k.body)
		if k.before == nil {
			b = append(b, 0)
		} else {
			b = appendText(append(b, 1), k.before)
		}
	}
	if k.unnoted.pointed {
		p, _, err := encodePoints(k.Entry)
		if err != nil {
			return nil, err
		}
		b = appendText(append(b, itemPoints), k.ID)
		b = appendText(b, p)
	}
	for _, r := range k.rows[len(k.rows)-k.unnoted.rows:] {
		b = appendText(append(b, itemRow), k.ID)
		b = appendText(append(b, r.kind), r.id)
		b = binary.AppendVarint(b, r.n)
		b = appendText(b, r.body)
	}
	return b, nil
}

// encode makes the body of an entry, once for the journal and the database.
func (k *known) encode() (err error) {
	if k.body == nil {
		k.body, _, err = encodeEntry(k.Entry)
	}
	return err
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// noted says that the journal has everything, or will have it unless the
// transaction is taken back.
func (t *tx) noted() {
	for _, u := range t.undo {
		if c, ok := t.w.numbers[u.partner]; ok && u.partner != "" {
			c.unnoted = false
			t.w.numbers[u.partner] = c
		}
		if k := t.w.known[u.id]; k != nil {
			k.unnoted = gaps{}
		}
	}
}
