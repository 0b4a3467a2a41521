package sqlite

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/postern/postern/core/catalog"
)

// plain is an entry without its public JSON form.
type plain catalog.Entry

// body is how an entry is stored: everything but its points.
type body struct {
	plain
	Key         catalog.RestartKey `json:"key"`
	Source      catalog.Source     `json:"source"`
	Begun       bool               `json:"begun,omitempty"`
	Owner       catalog.Owner      `json:"owner"`
	Version     int64              `json:"version"`
	AckExpected bool               `json:"ack_expected,omitempty"`
	Decided     int64              `json:"decided,omitempty"`
	Ending      *catalog.Outcome   `json:"ending,omitempty"`
	Listed      bool               `json:"listed,omitempty"`
	Moving      *catalog.Move      `json:"moving,omitempty"`
}

// points is how the points of an entry are stored.
type points struct {
	At    time.Time       `json:"at"`
	Point catalog.Point   `json:"point"`
	Ahead []catalog.Point `json:"ahead,omitempty"`
}

func pointsOf(e catalog.Entry) points { return points{e.UpdatedAt, e.Point, e.Ahead} }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(b []byte) int64 { return int64(crc32.Checksum(b, castagnoli)) }

func encode(v any) ([]byte, int64, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, 0, fmt.Errorf("encode a catalog row: %w", err)
	}
	return b, sum(b), nil
}

func wrap(e catalog.Entry) body {
	return body{plain(e), e.Key, e.Source, e.Begun, e.Owner, e.Version, e.AckExpected, e.Decided, e.Ending, e.Listed, e.Moving}
}

func (s body) unwrap() catalog.Entry {
	e := catalog.Entry(s.plain)
	e.Key, e.Source, e.Begun, e.Owner = s.Key, s.Source, s.Begun, s.Owner
	e.Version, e.AckExpected, e.Decided, e.Ending, e.Listed = s.Version, s.AckExpected, s.Decided, s.Ending, s.Listed
	e.Moving = s.Moving
	return e
}

// unseal decodes what encode made, or says that the bytes are damaged.
func unseal(path, what string, b []byte, crc int64, into any) error {
	if sum(b) != crc {
		return damaged(path, what+": the checksum is wrong", nil)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return damaged(path, what+" cannot be decoded", err)
	}
	return nil
}

func decodeEntry(path string, b []byte, crc int64) (catalog.Entry, error) {
	var s body
	if err := unseal(path, "an entry", b, crc, &s); err != nil {
		return catalog.Entry{}, err
	}
	e := s.unwrap()
	spread(e.Decisions)
	if e.Ending != nil {
		spread(e.Ending.Decisions)
	}
	if e.Decided == 0 { // written before decisions had a table: the next transition brings them there
		e.Decided = int64(len(e.Decisions))
	}
	return e, nil
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
