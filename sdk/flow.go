package sdk

import "time"

// OnExists says what happens when the target of a received file is there already. It holds at the rename too.
type OnExists string

const (
	// ExistsFail refuses with file.exists. It is the default.
	ExistsFail OnExists = "fail"
	// ExistsReplace replaces the file in one step.
	ExistsReplace OnExists = "replace"
	// ExistsUnique finds a free name beside it: name-1.ext, name-2.ext, …
	ExistsUnique OnExists = "unique"
)

// Durability says what an acknowledged sync point or end has survived.
type Durability string

const (
	// DurabilitySync acknowledges a point or the end only when it is on disk and in the catalog. It is the default.
	DurabilitySync Durability = "sync"
	// DurabilityClose makes the end durable; points are acknowledged when written, and a crash may lose them.
	DurabilityClose Durability = "close"
	// DurabilityNone leaves everything to the operating system.
	DurabilityNone Durability = "none"
)

// Records says how a file's records stand in the stored file.
type Records string

const (
	// RecordsStream concatenates them. It is the default.
	RecordsStream Records = "stream"
	// RecordsLines ends each with the flow's delimiter, and cuts at it when sending.
	RecordsLines Records = "lines"
	// RecordsPrefixed puts a four-byte big-endian length before each.
	RecordsPrefixed Records = "prefixed"
)

// Flow is a kind of file that partners exchange: where it goes, how it is written, what holds for it.
type Flow struct {
	ID           string             `json:"id"`
	Path         string             `json:"path"`       // template, relative to the backend's root
	Backend      string             `json:"backend"`    // its name; "" where there is only one
	OnExists     OnExists           `json:"on_exists"`  //
	Durability   Durability         `json:"durability"` //
	Publish      bool               `json:"publish"`    // fetched without a held entry
	Records      Records            `json:"records"`
	Delimiter    string             `json:"delimiter"`     // of lines; 1 to 8 bytes
	RecordLength int                `json:"record_length"` // of records sent: maximum, or exact with Fixed; 0: the protocol's choice
	Fixed        bool               `json:"fixed"`         // records sent all have RecordLength bytes
	Digest       bool               `json:"digest"`        // SHA-256 of the stored file, computed in stream
	MaxSize      int64              `json:"max_size"`      // bytes; 0: no limit
	MaxRestarts  int                `json:"max_restarts"`  // 0: no limit
	Retention    time.Duration      `json:"retention"`     // of finished entries; 0: the server's
	DeleteSent   bool               `json:"delete_sent"`   // after_send: delete
	Compression  []string           `json:"compression"`   // what this flow may use of what was negotiated; nil: all of it
	Points       map[Point][]string `json:"points,omitempty"`
}
