package catalog

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/postern/postern/sdk"
)

// Kind is what an entry is about.
type Kind string

const (
	File    Kind = "file"
	Message Kind = "message"
)

// Direction is seen from us: Receive, the peer writes to us.
type Direction = sdk.Direction

const (
	Receive = sdk.Receive
	Send    = sdk.Send
)

// Role is who opened the connection: Server, the peer did.
type Role string

const (
	Server    Role = "server"
	Requester Role = "requester"
)

// Entry is what the catalog knows of one transfer. The JSON names are the
// public ones; what has none is for the server alone. Times are UTC with
// microseconds; sizes and offsets are bytes.
type Entry struct {
	ID        string    `json:"id"` // see NewID
	Kind      Kind      `json:"kind"`
	Direction Direction `json:"direction"`
	Role      Role      `json:"role"`
	Partner   string    `json:"partner"`
	Flow      string    `json:"flow"`
	Protocol  string    `json:"protocol"`
	Stage     Stage     `json:"stage"`
	Step      Step      `json:"step"`
	Code      Code      `json:"code"`   // why it stopped; "" as long as nothing did
	Reason    string    `json:"reason"` // the same in a sentence
	File      string    `json:"file"`   // name the peer knows it by
	Label     string    `json:"label"`
	Bytes     int64     `json:"bytes"` // of the stored file, or of the whole one that was refused; those of the last point otherwise
	Records   int64     `json:"records"`
	Attempts  int       `json:"attempts"` // times data was granted
	Path      string    `json:"path"`     // name in its backend
	SHA256    string    `json:"sha256"`   // of the stored file, hexadecimal
	// WireSHA256 is what the peer sent or received, when a filter made it differ.
	WireSHA256 string    `json:"wire_sha256,omitempty"`
	Session    string    `json:"session"`
	Peer       string    `json:"peer"`    // host:port
	PeerID     string    `json:"peer_id"` // the number both sides know it by, if any
	CreatedAt  time.Time `json:"created_at"`
	StartedAt  time.Time `json:"started_at,omitzero"` // data was first granted
	UpdatedAt  time.Time `json:"updated_at"`
	EndedAt    time.Time `json:"ended_at,omitzero"` // ended or last stopped

	Listener string `json:"listener,omitempty"`
	// Number is the transfer's number on the wire (PeSIT PI 13), 1 to
	// 16,777,215. It may differ from Key.Number when the peer's was not free.
	Number     int64             `json:"number,omitempty"`
	Key        RestartKey        `json:"-"`
	Superseded string            `json:"superseded_by,omitempty"` // entry that took the key
	Backend    string            `json:"backend,omitempty"`
	Part       string            `json:"part,omitempty"` // temporary name beside Path
	OnExists   sdk.OnExists      `json:"on_exists,omitempty"`
	Priority   int               `json:"priority,omitempty"` // 0 urgent, 1 normal, 2 low; released in that order
	Size       int64             `json:"size,omitempty"`     // announced; -1 when unknown
	Source     Source            `json:"-"`
	Published  bool              `json:"published,omitempty"` // sent from a published flow, nobody offered it
	Listed     bool              `json:"-"`                   // of a protocol that browses: see ShownAs
	Comment    string            `json:"comment,omitempty"`
	Text       string            `json:"text,omitempty"` // free text of the request, or the message
	Attributes map[string]string `json:"attributes,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Terms      sdk.Terms         `json:"terms,omitempty"` // what was negotiated
	// Decisions of an entry to be created are its first. An entry that a transition returned has those that it added,
	// one of Get all that are kept, one of List none.
	Decisions []Decision `json:"decisions,omitempty"`
	Ack       AckState   `json:"ack,omitempty"`

	Point Point   `json:"-"` // last durable point; in JSON restart_point and restart_offset
	Ahead []Point `json:"-"` // see Checkpoint
	Begun bool    `json:"-"` // Begin was answered; a reader may see it late
	// Ending is how the running transfer was about to end: see Progress.
	Ending *Outcome `json:"-"`
	// Moving is where the file of a renamed upload came from. Path is where it belongs.
	Moving *Move `json:"-"`
	// Decided counts all decisions, those beyond MaxDecisions too.
	Decided int64 `json:"-"`
	Owner   Owner `json:"-"`
	// Version counts transitions (not checkpoints); Release, Restart and
	// follow-ups compare it.
	Version int64 `json:"-"`
	// AckExpected: an acknowledgement must come before the entry is done.
	AckExpected bool `json:"-"`
}

// RestartKey is what a restart must repeat, all of it, to be linked to an
// entry (PeSIT E: PI 11, 12, 13, 61, 62 and the name of the connection).
type RestartKey struct {
	Direction   Direction
	Partner     string
	Type        int64  // PI 11
	Name        string // PI 12, as the request said it
	Number      int64  // PI 13 that the restart will bear: the peer's for a receive, ours for a send
	Origin      string // PI 61
	Destination string // PI 62
}

// Point is a sync point whose data is durable on the side that receives.
// Number 0 is the beginning.
type Point struct {
	Number     int64
	WireOffset int64  // bytes of the protocol's payload before it
	FileOffset int64  // bytes of the stored file before it
	Records    int64  // whole records before it
	Protocol   []byte // the dialogue's state, at most MaxProtocolState bytes
	Backend    []byte // the backend's state
	Digest     []byte // the running digests
	Filter     []byte // what the filters need to go on, at most MaxFilterState bytes; nil: they cannot, or there are none
}

// MaxProtocolState is how much a dialogue may store with a point, in bytes.
const MaxProtocolState = sdk.MaxState

// MaxFilterState is how much the filters of a transfer may store with a point, in bytes.
const MaxFilterState = 5 * sdk.MaxFilterState

// MaxAhead is how many points may lie ahead of the last acknowledged one.
const MaxAhead = 64

// Source is the file of a send as it was when its first byte was granted. A
// restart from another point than 0 needs the same.
type Source struct {
	Size    int64
	ModTime time.Time
	ETag    string
}

// Owner says who may move a running entry. In the embedded catalog there is
// one node; several nodes would renew Until and take over what has lapsed.
type Owner struct {
	Node  string
	Fence int64 // grows each time the entry is taken
	Until time.Time
}

// Lease is the right to move a running entry. It ends with the entry's next
// stop, and when somebody else takes the entry.
type Lease struct {
	ID    string
	Fence int64
}

// Lease returns the lease of the entry as it was returned by Create, Release
// or Restart.
func (e Entry) Lease() Lease { return Lease{ID: e.ID, Fence: e.Owner.Fence} }

// Status is the stage and step in one word.
func (e Entry) Status() Status { return StatusOf(e.Stage, e.Step, e.Code) }

// Restartable says whether the peer may restart the entry.
func (e Entry) Restartable() bool {
	return e.Stage == StageTransfer && e.Step == StepHold && e.Code != "" && e.Superseded == ""
}

type plainEntry Entry

type publicEntry struct {
	plainEntry
	Status        Status `json:"status"`
	RestartPoint  int64  `json:"restart_point"`
	RestartOffset int64  `json:"restart_offset"` // in the stored file
	// These two are always there; null as long as it has not happened.
	StartedAt *time.Time `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at"`
}

// MarshalJSON adds the derived names: status, restart_point, restart_offset; and peer_id, where a transfer number is all
// that both sides know the transfer by.
func (e Entry) MarshalJSON() ([]byte, error) {
	if e.PeerID == "" && e.Key.Number > 0 {
		e.PeerID = strconv.FormatInt(e.Key.Number, 10)
	}
	return json.Marshal(publicEntry{plainEntry(e), e.Status(), e.Point.Number, e.Point.FileOffset,
		instant(e.StartedAt), instant(e.EndedAt)})
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// UnmarshalJSON reads what MarshalJSON wrote, for the verbs that talk to a
// running server.
func (e *Entry) UnmarshalJSON(b []byte) error {
	var p publicEntry
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	*e = Entry(p.plainEntry)
	e.Point.Number, e.Point.FileOffset = p.RestartPoint, p.RestartOffset
	if p.StartedAt != nil {
		e.StartedAt = *p.StartedAt
	}
	if p.EndedAt != nil {
		e.EndedAt = *p.EndedAt
	}
	return nil
}
