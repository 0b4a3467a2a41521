package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/postern/postern/core/catalog"
)

// maxProblems is how many problems a report lists.
const maxProblems = 100

// Report is what Check found.
type Report struct {
	Entries  int      `json:"entries"`
	Refusals int      `json:"refusals"`
	Problems []string `json:"problems"` // at most 100; none: the database is whole
}

// Check reads the whole database: its structure, every index, and the seal of
// every row. The error is about the checking; damage is in the report.
func (c *Catalog) Check(ctx context.Context) (Report, error) {
	var r Report
	problem := func(err error) error {
		if err == nil || !errors.Is(err, catalog.ErrCorrupt) {
			return err
		}
		if len(r.Problems) < maxProblems {
			r.Problems = append(r.Problems, plainly(err))
		}
		return nil
	}
	if err := problem(c.integrity(ctx, &r)); err != nil {
		return r, fmt.Errorf("check catalog: %w", err)
	}
	if err := problem(c.checkEntries(ctx, &r)); err != nil {
		return r, fmt.Errorf("check catalog: %w", err)
	}
	for _, err := range c.Refused(ctx, catalog.RefusalFilter{}) {
		if err := problem(err); err != nil {
			return r, fmt.Errorf("check catalog: %w", err)
		}
		r.Refusals++
	}
	if _, err := c.PartnerOverrides(ctx); problem(err) != nil {
		return r, fmt.Errorf("check catalog: %w", err)
	}
	if _, err := c.Prepared(ctx); problem(err) != nil {
		return r, fmt.Errorf("check catalog: %w", err)
	}
	if err := problem(c.checkDecisions(ctx)); err != nil {
		return r, fmt.Errorf("check catalog: %w", err)
	}
	if err := problem(c.checkEvents(ctx)); err != nil {
		return r, fmt.Errorf("check catalog: %w", err)
	}
	return r, nil
}

// plainly gives what is damaged without the file's name and the advice.
func plainly(err error) string {
	var ce *catalog.CorruptError
	if !errors.As(err, &ce) {
		return err.Error()
	}
	if ce.Err != nil {
		return ce.What + ": " + ce.Err.Error()
	}
	return ce.What
}

// integrity asks SQLite.
func (c *Catalog) integrity(ctx context.Context, r *Report) error {
	for _, pragma := range []string{"PRAGMA integrity_check(50)", "PRAGMA foreign_key_check"} {
		rows, err := c.reads.query(ctx, pragma)
		if err != nil {
			return err
		}
		for rows.Next() {
			var line string
			var more [3]any
			if pragma == "PRAGMA foreign_key_check" {
				err = rows.Scan(&line, &more[0], &more[1], &more[2])
				line = "a row of table " + line + " belongs to no entry"
			} else {
				err = rows.Scan(&line)
			}
			if err != nil {
				break
			}
			if line != "ok" && len(r.Problems) < maxProblems {
				r.Problems = append(r.Problems, line)
			}
		}
		if err := classify(c.path, errors.Join(err, rows.Err(), rows.Close())); err != nil {
			return err
		}
	}
	return nil
}

// checkEntries unseals every row and compares its columns with its body.
func (c *Catalog) checkEntries(ctx context.Context, r *Report) error {
	rows, err := c.reads.query(ctx, `SELECT id, `+columnNames+`, body, crc FROM entry ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		got := make([]any, 1+columnCount)
		into := make([]any, 0, len(got)+2)
		for i := range got {
			into = append(into, &got[i])
		}
		var b []byte
		var crc int64
		if err := rows.Scan(append(into, &b, &crc)...); err != nil {
			return unscanned(c.path, err)
		}
		r.Entries++
		if err := sameColumns(c.path, got, b, crc); err != nil && len(r.Problems) < maxProblems {
			r.Problems = append(r.Problems, plainly(err))
		}
	}
	if err := rows.Err(); err != nil {
		return classify(c.path, err)
	}
	for _, err := range c.List(ctx, catalog.Filter{}) { // the points and the former bodies
		if err != nil {
			return err
		}
	}
	return nil
}

var columnCount = len(columns(catalog.Entry{}))

func sameColumns(path string, got []any, b []byte, crc int64) error {
	e, err := decodeEntry(path, b, crc)
	if err != nil {
		return damaged(path, fmt.Sprintf("entry %v: the checksum is wrong", got[0]), nil)
	}
	want := append([]any{e.ID}, columns(e)...)
	for i := range want {
		if n, ok := want[i].(int); ok {
			want[i] = int64(n)
		}
	}
	if !reflect.DeepEqual(got, want) {
		return damaged(path, "entry "+e.ID+": what is searched for differs from what is stored", nil)
	}
	return nil
}

func (c *Catalog) checkDecisions(ctx context.Context) error {
	rows, err := c.reads.query(ctx, selectDecision)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if _, err := scanDecisions(c.path, rows); err != nil {
			return err
		}
	}
	return classify(c.path, rows.Err())
}

func (c *Catalog) checkEvents(ctx context.Context) error {
	rows, err := c.reads.query(ctx, selectEvent)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if _, err := scanEvent(c.path, rows); err != nil {
			return err
		}
	}
	return classify(c.path, rows.Err())
}

// checkAtOpen checks a small database whole, so that damage is seen before it
// is built upon.
func (c *Catalog) checkAtOpen(ctx context.Context) error {
	st, err := os.Stat(c.path)
	if err != nil {
		return fmt.Errorf("open catalog: %w", err)
	}
	if c.opt.CheckUpTo < 0 || st.Size() > c.opt.CheckUpTo {
		return nil
	}
	r, err := c.Check(ctx)
	if err != nil {
		return err
	}
	if len(r.Problems) > 0 {
		return damaged(c.path, "the check found: "+strings.Join(r.Problems[:min(3, len(r.Problems))], "; "), nil)
	}
	return nil
}
