package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/postern/postern/core/catalog"
)

// recoverBatch is how many entries one commit of Recover moves.
const recoverBatch = 500

// Recover implements catalog.Keeper.
func (c *Catalog) Recover(ctx context.Context, notify bool) ([]catalog.Entry, error) {
	var out []catalog.Entry
	for {
		var n int
		err := c.write(ctx, "recover", func(t *tx) error {
			rows, err := t.query(selectEntry+`WHERE e.status = 'running' ORDER BY e.seq LIMIT ?`, recoverBatch)
			page, err := all(c.path, rows, err)
			if err != nil {
				return err
			}
			n = len(page)
			for _, s := range page {
				e, err := t.recover(s, c.now(), notify)
				if err != nil {
					return err
				}
				out = append(out, e)
			}
			return nil
		})
		if err != nil || n < recoverBatch {
			return out, err
		}
	}
}

func (t *tx) recover(s stored, now time.Time, notify bool) (catalog.Entry, error) {
	if s.before != nil && !s.Begun {
		return t.restore(s)
	}
	e := catalog.ToCrashed(s.Entry, now)
	if notify {
		if err := t.queue(s, e); err != nil {
			return e, err
		}
	}
	return e, t.put(s, e, nil)
}

// ageClass is one condition under which entries expire.
type ageClass struct {
	term string
	args []any
	keep time.Duration
}

func ageClasses(r catalog.Retention) []ageClass {
	var out []ageClass
	var flows []any
	for flow, keep := range r.DoneByFlow {
		flows = append(flows, flow)
		out = append(out, ageClass{"e.status = 'done' AND e.flow = ?", []any{flow}, keep})
	}
	done := "e.status = 'done'"
	if len(flows) > 0 {
		done += " AND e.flow NOT IN (?" + strings.Repeat(",?", len(flows)-1) + ")"
	}
	return append(out,
		ageClass{done, flows, r.Done},
		ageClass{"e.status = 'available'", nil, r.Available},
		ageClass{"e.status = 'interrupted'", nil, r.Interrupted},
		ageClass{"e.status = 'suspended'", nil, r.Interrupted},
		ageClass{"e.status = 'kept'", nil, r.Kept},
		ageClass{"e.status = 'processing'", nil, r.Processing})
}

// Purge implements catalog.Keeper.
func (c *Catalog) Purge(ctx context.Context, r catalog.Retention, limit int) ([]catalog.Entry, error) {
	if limit < 1 || limit > 10000 {
		return nil, fmt.Errorf("catalog: purge: %w: limit %d", catalog.ErrInvalid, limit)
	}
	var out []catalog.Entry
	err := c.write(ctx, "purge", func(t *tx) error {
		for _, class := range ageClasses(r) {
			if class.keep <= 0 || len(out) >= limit {
				continue
			}
			args := append(class.args, micros(c.now().Add(-class.keep)), limit-len(out))
			rows, err := t.query(selectEntry+"WHERE "+class.term+` AND e.updated_at < ?
AND NOT EXISTS (SELECT 1 FROM event v WHERE v.entry = e.seq AND v.due_at IS NOT NULL) ORDER BY e.updated_at LIMIT ?`, args...)
			page, err := all(c.path, rows, err)
			if err != nil {
				return err
			}
			for _, s := range page {
				t.remove(s)
				out = append(out, s.Entry)
			}
		}
		return nil
	})
	return out, err
}
