package catalog

import (
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// Wanted is what a fetch asks for. A mask may hold * (any run of characters)
// and ? (any one); every mask that is not empty must match.
type Wanted struct {
	Partner string   // exact
	Name    string   // mask; matches the flow or the file
	Flow    string   // mask
	File    string   // mask
	Skip    []string // IDs already passed over during this session
}

// Grant is what a release or a restart stores with the entry. Decisions are
// appended to the entry's own; nil maps and empty strings leave what is there.
type Grant struct {
	Key       RestartKey // Release only: Number is the peer's proposal or 0, Direction and Partner are the entry's
	Protocol  string
	Session   string
	Peer      string
	PeerID    string
	Listener  string
	Source    Source // zero leaves what is there
	Terms     sdk.Terms
	Labels    map[string]string // added to those of the entry
	Priority  *int              // nil leaves what is there
	Decisions []Decision
	// Point (Restart only), if not nil, replaces the last point: the data of
	// the former one is lost.
	Point *Point
}

// Checkpoint is a durable point of one entry. Point replaces the last one,
// whatever its number (a resynchronisation goes back). Ahead (sends) replaces
// the points said to the peer and not yet acknowledged: after a cut the peer
// may restart from any of them. At most MaxAhead.
type Checkpoint struct {
	Lease Lease
	Point Point
	Ahead []Point
}

// Outcome is how a transfer ended well.
type Outcome struct {
	Bytes      int64 // of the stored file
	Records    int64
	SHA256     string
	WireSHA256 string
	Path       string // final name when the on-exists rule changed it, else ""
	Reason     string
	Decisions  []Decision // appended
	// Stored, where it bears an ETag, is the file as it has its name now: by it a partner that browses is shown its own
	// upload, and not what took that name later.
	Stored Source
	// Notify queues an end-of-transfer event: the entry waits in Y/E until it
	// is settled.
	Notify bool
	// AckExpected: the entry then waits in Z/H for the peer's acknowledgement.
	AckExpected bool
}

// Interruption is why and how a transfer stopped early.
type Interruption struct {
	Code   Code // never ""
	Reason string
	Keep   bool // T/K: the peer may not restart until an operator lifts it
	// Point, if not nil, replaces the last durable point in the same commit.
	Point *Point
	// Bytes and Records are those of a whole file that was refused, which no point tells; 0: those of the last point.
	Bytes     int64
	Records   int64
	Decisions []Decision // appended
	Notify    bool       // queue an event; the entry does not wait for it
}

// Filter chooses entries. Empty fields choose all.
type Filter struct {
	Partner   string
	Flow      string
	Direction Direction
	Status    Status
	Since     time.Time // created at or after
	Until     time.Time // created before
	// File is the name of a file as listings show it, or a mask of * and ?. No index knows it: it is looked for among the
	// newest MostLooked entries that the other fields choose.
	File  string
	Limit int  // 0: no limit
	Last  bool // with Limit: the newest ones, still oldest first
}

// MostLooked is how many entries are looked through for the name of a file.
const MostLooked = 100_000

// Retention says how long entries stay after their last change. 0 means for
// ever.
type Retention struct {
	Done        time.Duration            // X
	DoneByFlow  map[string]time.Duration // wins over Done for these flows
	Available   time.Duration            // T/H without code
	Interrupted time.Duration            // T/H with a code
	Kept        time.Duration            // T/K
	Processing  time.Duration            // Y and Z
}

// Event is one end-of-transfer event.
type Event struct {
	ID       string    `json:"id"` // stays the same over all attempts
	EntryID  string    `json:"entry_id"`
	Version  int64     `json:"version"` // of the entry as the event saw it
	Result   string    `json:"result"`  // done, interrupted, kept
	Code     Code      `json:"code"`
	Attempt  int       `json:"attempt"` // deliveries that failed before
	QueuedAt time.Time `json:"queued_at"`
	DueAt    time.Time `json:"due_at,omitzero"` // zero: parked
	Reason   string    `json:"reason,omitempty"`
}

// Action is what a done exit wants to become of the entry.
type Action string

const (
	Leave  Action = "leave"  // go on as planned
	Hold   Action = "hold"   // K becomes H
	Drop   Action = "drop"   // H becomes K
	Remove Action = "delete" // the entry goes
)

// FollowUp is what a done exit answered. The zero value leaves the entry.
type FollowUp struct {
	Action    Action
	Comment   string     // replaces the entry's if not empty
	Decisions []Decision // appended, whether it is applied or not
}

// AckState is what the peer said of a transfer afterwards.
type AckState string

const (
	NoAck    AckState = ""
	Acked    AckState = "acknowledged"
	Rejected AckState = "rejected"
)

// Ack is a peer's acknowledgement of a transfer (PeSIT: a message that repeats
// PI 11, 12, 13, 61 and 62).
type Ack struct {
	Key      RestartKey
	Rejected bool
	Text     string // becomes the entry's comment if not empty
}

// Refusal is one line of what was refused in phases 1 to 3, or by whom later.
type Refusal struct {
	// ID is what the log line and the listing call it; "" of those of earlier versions.
	ID        string    `json:"id,omitempty"`
	Time      time.Time `json:"time"`
	Phase     string    `json:"phase"`
	Point     string    `json:"point"`
	Code      Code      `json:"code"`
	Temporary bool      `json:"temporary"`
	Partner   string    `json:"partner"`
	Peer      string    `json:"peer"`
	Listener  string    `json:"listener"`
	Exit      string    `json:"exit"`
	Reason    string    `json:"reason"`
	Session   string    `json:"session,omitempty"`
	Protocol  string    `json:"protocol,omitempty"`
	// Of a file that was asked for; Transfer is its entry where it has one.
	Flow      string        `json:"flow,omitempty"`
	File      string        `json:"file,omitempty"`
	Label     string        `json:"label,omitempty"`
	Direction sdk.Direction `json:"direction,omitempty"`
	Transfer  string        `json:"transfer,omitempty"`
	Path      string        `json:"path,omitempty"`
	// Rule and Place are those of [Decision]; Public is what the peer was told.
	Rule   string `json:"rule,omitempty"`
	Place  string `json:"place,omitempty"`
	Public string `json:"public,omitempty"`
	// Decisions were made before it on the same call, and at the point that refused.
	Decisions []Decision `json:"decisions,omitempty"`
	Count     int64      `json:"count"` // 0 is read as 1
	// LastTime is when the last of Count came; equal to Time for one.
	LastTime time.Time `json:"last_time,omitzero"`
}

// Why is the reason without the code, which stands before it.
func (r Refusal) Why() string {
	return strings.TrimPrefix(strings.TrimPrefix(r.Reason, string(r.Code)), ": ")
}

// RefusalFilter chooses refusals. Empty fields choose all.
type RefusalFilter struct {
	Partner string
	ID      string // the beginning of one is enough
	// Flow chooses what was refused about a file of this flow, or before any file was asked for.
	Flow  string
	Code  Code
	Phase string
	Since time.Time // at or after
	Until time.Time // before
	Limit int
	Last  bool // with Limit: the newest ones, still oldest first
}

// PartnerOverride is an operator's decision about one partner.
type PartnerOverride struct {
	Partner string    `json:"partner"`
	Enabled *bool     `json:"enabled"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason,omitempty"`
}
