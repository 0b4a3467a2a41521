package sqlite

import (
	"fmt"

	"github.com/postern/postern/core/catalog"
)

// assign gives the number that the peer proposed if it is free, or the next
// free one after the partner's last.
func (t *tx) assign(partner string, wish int64) (int64, error) {
	wished := wish > 0 && wish <= catalog.MaxNumber
	if wished && t.free(partner, wish) {
		return wish, nil
	}
	held := t.heldNumbers(partner)
	if wished {
		n, err := t.gap(partner, wish, wish, held)
		if n != 0 || err != nil {
			return n, err
		}
	}
	last, err := t.lastNumber(partner)
	if err != nil {
		return 0, err
	}
	n, err := t.after(partner, last, held)
	if err == nil && n == 0 {
		n, err = t.gap(partner, 1, last, held)
	}
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, fmt.Errorf("partner %s: %w", partner, catalog.ErrNumbers)
	}
	t.count(partner, n)
	return n, nil
}

func (t *tx) lastNumber(partner string) (int64, error) {
	if c, ok := t.w.numbers[partner]; ok {
		return c.last, nil
	}
	var last int64
	if err := t.row([]any{&last}, `SELECT last FROM number WHERE partner = ?`, partner); err != nil && !isNone(err) {
		return 0, err
	}
	return last, nil
}

// after finds the lowest free number above one, or 0.
func (t *tx) after(partner string, last int64, held map[int64]bool) (int64, error) {
	if last < catalog.MaxNumber && t.free(partner, last+1) {
		return last + 1, nil
	}
	return t.gap(partner, last+1, catalog.MaxNumber, held)
}

// heldNumbers are all numbers that entries hold of which the database does not know.
func (t *tx) heldNumbers(partner string) map[int64]bool {
	held := map[int64]bool{}
	for _, k := range t.w.behind {
		if !k.gone && k.Partner == partner && k.Holds() {
			held[k.Number] = true
		}
	}
	return held
}

// gap finds the lowest free number from low to high, or 0.
func (t *tx) gap(partner string, low, high int64, held map[int64]bool) (int64, error) {
	if low > high {
		return 0, nil
	}
	rows, err := t.query(`SELECT number, id FROM entry WHERE partner = ? AND number BETWEEN ? AND ? AND holds = 1 ORDER BY number`,
		partner, low, high)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	next := low
	for rows.Next() {
		var n int64
		var id string
		if err := rows.Scan(&n, &id); err != nil {
			return 0, classify(t.w.path, err)
		}
		for held[next] {
			next++
		}
		if n > next {
			break
		}
		if t.w.behind[id] == nil {
			next = max(next, n+1)
		}
	}
	for held[next] {
		next++
	}
	if next > high {
		next = 0
	}
	return next, classify(t.w.path, rows.Err())
}
