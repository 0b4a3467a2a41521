package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"github.com/postern/postern/core/catalog"
)

// Refuse implements catalog.Refusals.
func (c *Catalog) Refuse(ctx context.Context, refusals ...catalog.Refusal) error {
	if len(refusals) == 0 {
		return nil
	}
	return c.write(ctx, "refuse", func(t *tx) error {
		for _, r := range refusals {
			if err := t.refuse(r.Normal(c.now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// refuse stores a refusal, or counts it in the newest equal one when there were
// too many within a minute.
func (t *tx) refuse(r catalog.Refusal) error {
	print := r.Print()
	rows, err := t.query(selectRefusal+`WHERE print = ? AND time > ? AND time <= ? ORDER BY seq DESC LIMIT ?`,
		print[:], micros(r.Time.Add(-catalog.FloodWindow)), micros(r.Time), catalog.FloodLimit)
	equal, err := allRefusals(t.w.path, rows, err)
	if err != nil {
		return err
	}
	if len(equal) >= catalog.FloodLimit {
		return t.countRefusal(equal[0], r)
	}
	b, crc, err := encode(r)
	if err != nil {
		return err
	}
	_, err = t.write(`INSERT INTO refusal (id, time, print, phase, code, partner, flow, body, crc) VALUES (?,?,?,?,?,?,?,?,?)`,
		r.ID, micros(r.Time), print[:], r.Phase, string(r.Code), r.Partner, r.Flow, b, crc)
	return err
}

func (t *tx) countRefusal(newest storedRefusal, r catalog.Refusal) error {
	newest.Count += r.Count
	if r.LastTime.After(newest.LastTime) {
		newest.LastTime = r.LastTime
	}
	b, crc, err := encode(newest.Refusal)
	if err != nil {
		return err
	}
	_, err = t.write(`UPDATE refusal SET body = ?, crc = ? WHERE seq = ?`, b, crc, newest.seq)
	return err
}

type storedRefusal struct {
	catalog.Refusal
	seq int64
}

const selectRefusal = `SELECT seq, body, crc FROM refusal `

func scanRefusal(path string, rows *sql.Rows) (s storedRefusal, err error) {
	var crc int64
	var b []byte
	if err := rows.Scan(&s.seq, &b, &crc); err != nil {
		return s, unscanned(path, err)
	}
	return s, unseal(path, "a refusal", b, crc, &s.Refusal)
}

// Refused implements catalog.Refusals.
func (c *Catalog) Refused(ctx context.Context, f catalog.RefusalFilter) iter.Seq2[catalog.Refusal, error] {
	w := &where{}
	w.add(f.Partner != "", "partner = ?", f.Partner)
	w.add(f.Code != "", "code = ?", string(f.Code))
	w.add(f.Phase != "", "phase = ?", f.Phase)
	w.add(!f.Since.IsZero(), "time >= ?", ceilMicros(f.Since))
	w.add(!f.Until.IsZero(), "time < ?", ceilMicros(f.Until))
	w.add(f.Flow != "", "flow IN (?, '')", f.Flow)
	w.add(f.ID != "", "id <> '' AND id >= ?", f.ID)
	w.add(f.ID != "", "id < ?", f.ID+"\x7f")
	p := pager[storedRefusal]{limit: f.Limit,
		load: func(after int64, n int) ([]storedRefusal, error) {
			w := *w
			w.add(true, "seq > ?", after)
			rows, err := c.reads.query(ctx, selectRefusal+w.String()+"ORDER BY seq LIMIT ?", append(w.args, n)...)
			return allRefusals(c.path, rows, err)
		},
		seq: func(s storedRefusal) int64 { return s.seq },
	}
	p.from = func() (int64, error) {
		if f.Limit > 0 && f.Last {
			return c.nthNewest(ctx, "refusal", w, f.Limit)
		}
		return c.beforeTime(ctx, "refusal", "refusal_time", "time", f.Since)
	}
	return func(yield func(catalog.Refusal, error) bool) {
		c.reads.calls.Add(1)
		p.each(func(s storedRefusal, err error) bool { return yield(s.Refusal, err) })
	}
}

func allRefusals(path string, rows *sql.Rows, err error) ([]storedRefusal, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []storedRefusal
	for rows.Next() {
		s, err := scanRefusal(path, rows)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, classify(path, rows.Err())
}

// PurgeRefusals implements catalog.Refusals.
func (c *Catalog) PurgeRefusals(ctx context.Context, before time.Time, limit int) (int, error) {
	var n int64
	err := c.write(ctx, "purge refusals", func(t *tx) (err error) {
		n, err = t.write(`DELETE FROM refusal WHERE seq IN (SELECT seq FROM refusal WHERE time < ? ORDER BY time, seq LIMIT ?)`,
			ceilMicros(before), limit)
		return err
	})
	return int(n), err
}
