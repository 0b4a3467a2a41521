package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/postern/postern/core/catalog"
)

// stored is an entry with what only the database knows of it.
type stored struct {
	catalog.Entry
	seq    int64
	before []byte // body before a grant that has not begun, or nil
	absent bool   // the database has no row of it
}

// selectEntry begins every query that reads entries; scan reads its columns.
const selectEntry = `SELECT e.seq, e.body, e.crc, e.before, e.before_crc, p.body, p.crc
FROM entry e LEFT JOIN progress p ON p.seq = e.seq `

func scan(path string, rows *sql.Rows) (stored, error) {
	var s stored
	var b, pb []byte
	var crc int64
	var bcrc, pcrc sql.NullInt64
	if err := rows.Scan(&s.seq, &b, &crc, &s.before, &bcrc, &pb, &pcrc); err != nil {
		return s, unscanned(path, err)
	}
	e, err := decodeEntry(path, b, crc)
	if err != nil {
		return s, err
	}
	s.Entry = e
	if s.before != nil && sum(s.before) != bcrc.Int64 {
		return s, damaged(path, "entry "+e.ID+": the checksum of its former state is wrong", nil)
	}
	if pb == nil {
		return s, nil
	}
	var p points
	if err := unseal(path, "the sync points of entry "+e.ID, pb, pcrc.Int64, &p); err != nil {
		return s, err
	}
	s.take(p)
	return s, nil
}

// take gives an entry the points that are stored apart from it.
func (s *stored) take(p points) {
	s.Point, s.Ahead = p.Point, p.Ahead
	if s.Stage == catalog.StageTransfer && s.Step == catalog.StepCurrent {
		s.Bytes, s.Records = p.Point.FileOffset, p.Point.Records
	}
	if p.At.After(s.UpdatedAt) {
		s.UpdatedAt = p.At
	}
}

// first reads the first entry of a query and says whether there was one.
func first(path string, rows *sql.Rows, err error) (s stored, found bool, _ error) {
	if err != nil {
		return s, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return s, false, classify(path, rows.Err())
	}
	s, err = scan(path, rows)
	return s, err == nil, err
}

// all reads every entry of a query.
func all(path string, rows *sql.Rows, err error) ([]stored, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []stored
	for rows.Next() {
		s, err := scan(path, rows)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, classify(path, rows.Err())
}

// find reads an entry by its whole id.
func (t *tx) find(id string) (stored, error) {
	if k := t.w.known[id]; k != nil {
		if k.gone {
			return stored{}, missing(id)
		}
		return k.stored, nil
	}
	rows, err := t.query(selectEntry+`WHERE e.id = ?`, id)
	s, found, err := first(t.w.path, rows, err)
	if err == nil && !found {
		err = missing(id)
	}
	return s, err
}

func missing(id string) error { return fmt.Errorf("entry %s: %w", id, catalog.ErrNotFound) }

func isMissing(err error) bool { return errors.Is(err, catalog.ErrNotFound) }

// columns are the values that repeat what is searched for, in the order of
// columnNames.
func columns(e catalog.Entry) []any {
	return []any{string(e.Kind), string(e.Direction), string(e.Role), e.Partner, e.Flow, e.File,
		string(e.Stage), string(e.Step), string(e.Status()), e.Priority, e.Number, flag(e.Holds()),
		string(e.Key.Direction), e.Key.Type, e.Key.Name, e.Key.Number, e.Key.Origin, e.Key.Destination, e.Superseded,
		micros(e.CreatedAt), micros(e.UpdatedAt), e.Version, e.Owner.Node, e.Owner.Fence, micros(e.Owner.Until), e.ShownAs()}
}

const (
	columnNames = `kind, direction, role, partner, flow, file, stage, step, status, priority, number, holds,
key_direction, key_type, key_name, key_number, key_origin, key_dest, superseded_by,
created_at, updated_at, version, owner, fence, lease_until, shown`
	putEntry = `INSERT INTO entry (seq, id, ` + columnNames + `, body, crc, before, before_crc)
VALUES (?,?, ?,?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?, ?,?,?,?,?,?,?, ?,?, ?,?)
ON CONFLICT (seq) DO UPDATE SET (` + columnNames + `, body, crc, before, before_crc) = (excluded.kind, excluded.direction,
excluded.role, excluded.partner, excluded.flow, excluded.file, excluded.stage, excluded.step, excluded.status,
excluded.priority, excluded.number, excluded.holds, excluded.key_direction, excluded.key_type, excluded.key_name,
excluded.key_number, excluded.key_origin, excluded.key_dest, excluded.superseded_by, excluded.created_at,
excluded.updated_at, excluded.version, excluded.owner, excluded.fence, excluded.lease_until, excluded.shown,
excluded.body, excluded.crc, excluded.before, excluded.before_crc)`
	putPoints = `INSERT INTO progress (seq, body, crc) VALUES (?,?,?)
ON CONFLICT (seq) DO UPDATE SET body = excluded.body, crc = excluded.crc`
)

// insert adds an entry. catalog.ErrExists: its id is taken. there: the database
// has it, though it may be removed since.
func (t *tx) insert(e catalog.Entry, there bool) error {
	if k := t.w.known[e.ID]; k != nil {
		there = !k.gone
	}
	if there {
		return fmt.Errorf("entry %s: %w", e.ID, catalog.ErrExists)
	}
	t.w.seq++
	return t.put(stored{Entry: catalog.Entry{ID: e.ID}, seq: t.w.seq, absent: true}, e, nil)
}

// has says whether the database has an entry.
func (t *tx) has(id string) (there bool, err error) {
	if id > t.w.census.newest {
		return false, nil
	}
	return there, t.row([]any{&there}, `SELECT EXISTS (SELECT 1 FROM entry WHERE id = ?)`, id)
}

// put makes an entry what it has become. before is kept while a grant may still
// be undone.
func (t *tx) put(was stored, e catalog.Entry, before []byte) error {
	if err := storable(e); err != nil {
		return err
	}
	decisions, err := decisionsOf(&e)
	if err != nil {
		return err
	}
	k := t.next(was)
	k.Entry, k.before = e, before
	k.put, k.unnoted.put, k.body, k.gone, k.unnoted.gone = true, true, nil, false, false
	if !samePoint(was.Point, e.Point) || !slices.EqualFunc(was.Ahead, e.Ahead, samePoint) {
		k.pointed, k.unnoted.pointed = true, true
	}
	k.add(decisions...)
	t.set(k)
	return nil
}

func samePoint(a, b catalog.Point) bool {
	return a.Number == b.Number && a.WireOffset == b.WireOffset && a.FileOffset == b.FileOffset && a.Records == b.Records &&
		sameState(a.Protocol, b.Protocol) && sameState(a.Backend, b.Backend) &&
		sameState(a.Digest, b.Digest) && sameState(a.Filter, b.Filter)
}

// sameState compares states; that there is none is not the same as an empty one.
func sameState(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// pointless says whether an entry has no points that would have to be stored.
func pointless(e *catalog.Entry) bool {
	return len(e.Ahead) == 0 && samePoint(e.Point, catalog.Point{})
}

// point makes the points of an entry what they have become.
func (t *tx) point(was stored, e catalog.Entry) {
	k := t.next(was)
	k.Entry = e
	k.pointed, k.unnoted.pointed, k.body = true, true, nil
	t.set(k)
}

// attach adds a row that belongs to an entry.
func (t *tx) attach(s stored, rows ...extra) {
	k := t.next(s)
	k.add(rows...)
	t.set(k)
}

func (k *known) add(rows ...extra) {
	k.rows = append(k.rows, rows...)
	k.unnoted.rows += len(rows)
}

// remove deletes an entry with its points, decisions and events.
func (t *tx) remove(s stored) {
	k := &known{stored: s, gone: true, row: t.w.census.row(&s.Entry)}
	if was := t.w.known[s.ID]; was != nil {
		k.row = was.row
		k.former, k.unnoted.former = was.former, was.unnoted.former
		if was.gone && was.seq != s.seq { // only a record of the journal says so
			k.former = append(slices.Clip(k.former), was.seq)
		}
	}
	k.unnoted.gone = true
	t.set(k)
}

func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }
