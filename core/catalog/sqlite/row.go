package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"

	"github.com/postern/postern/core/catalog"
)

// stored is an entry with what only the database knows of it.
type stored struct {
	catalog.Entry
	seq    int64
	before []byte // body before a grant that has not begun, or nil
	// unwritten says that the entry is begun and its row does not say so. It
	// matters only for an entry with a point, so a crash may lose it before.
	unwritten bool
	// later says that a checkpoint has come after what the row says of its last
	// change.
	later bool
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
	s.Point, s.Ahead = p.Point, p.Ahead
	if e.Stage == catalog.StageTransfer && e.Step == catalog.StepCurrent {
		s.Bytes, s.Records = p.Point.FileOffset, p.Point.Records
	}
	if p.At.After(s.UpdatedAt) {
		s.UpdatedAt, s.later = p.At, true
	}
	return s, nil
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
	if s, ok := t.w.live[id]; ok {
		return s, nil
	}
	rows, err := t.query(selectEntry+`WHERE e.id = ?`, id)
	s, found, err := first(t.w.path, rows, err)
	if err == nil && !found {
		err = fmt.Errorf("entry %s: %w", id, catalog.ErrNotFound)
	}
	return s, err
}

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
	insertEntry = `INSERT INTO entry (id, ` + columnNames + `, body, crc)
VALUES (?, ?,?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?, ?,?,?,?,?,?,?, ?,?) ON CONFLICT (id) DO NOTHING`
	updateEntry = `UPDATE entry SET (` + columnNames + `, body, crc, before, before_crc)
= (?,?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?, ?,?,?,?,?,?,?, ?,?, ?,?) WHERE seq = ?`
)

func (t *tx) insert(e catalog.Entry) error {
	whole := e
	e.Decisions = nil
	b, crc, err := encodeEntry(e)
	if err != nil {
		return err
	}
	seq, err := t.add(insertEntry, append(append([]any{e.ID}, columns(e)...), b, crc)...)
	if err == nil && seq == 0 {
		err = fmt.Errorf("entry %s: %w", e.ID, catalog.ErrExists)
	}
	if err == nil {
		err = t.decide(seq, &whole)
	}
	if err != nil {
		return err
	}
	t.remember(stored{Entry: e, seq: seq})
	if reflect.DeepEqual(e.Point, catalog.Point{}) {
		return nil
	}
	return t.putPoints(seq, e)
}

// put stores an entry as it has become. before is kept while a grant may still
// be undone.
func (t *tx) put(was stored, e catalog.Entry, before []byte) error {
	if err := t.decide(was.seq, &e); err != nil {
		return err
	}
	b, crc, err := encodeEntry(e)
	if err != nil {
		return err
	}
	var old, oldCRC any
	if before != nil {
		old, oldCRC = before, sum(before)
	}
	if _, err := t.write(updateEntry, append(columns(e), b, crc, old, oldCRC, was.seq)...); err != nil {
		return err
	}
	t.remember(stored{Entry: e, seq: was.seq, before: before})
	if reflect.DeepEqual(was.Point, e.Point) && reflect.DeepEqual(was.Ahead, e.Ahead) {
		return nil
	}
	return t.putPoints(was.seq, e)
}

// putBody stores what no column repeats of an entry that has begun.
func (t *tx) putBody(s stored) error {
	b, crc, err := encodeEntry(s.Entry)
	if err != nil {
		return err
	}
	s.unwritten = false
	t.remember(s)
	_, err = t.write(`UPDATE entry SET body = ?, crc = ? WHERE seq = ?`, b, crc, s.seq)
	return err
}

func (t *tx) putPoints(seq int64, e catalog.Entry) error {
	b, crc, err := encode(points{e.UpdatedAt, e.Point, e.Ahead})
	if err != nil {
		return err
	}
	_, err = t.write(`INSERT INTO progress (seq, body, crc) VALUES (?,?,?)
ON CONFLICT (seq) DO UPDATE SET body = excluded.body, crc = excluded.crc`, seq, b, crc)
	return err
}

// remove deletes an entry with its points, decisions and events.
func (t *tx) remove(s stored) error {
	t.forget(s.ID)
	_, err := t.write(`DELETE FROM entry WHERE seq = ?`, s.seq)
	return err
}

func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }
