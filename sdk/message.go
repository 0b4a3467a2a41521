package sdk

import "time"

// Kind names an event from the peer or a message to it. Events and messages are one type: in the calling role the
// columns change places.
type Kind uint8

// The kinds. "asks" means that an answer is owed under the event's Ref or Tag before Hear goes on.
const (
	KindNone     Kind = iota
	KindHello         // asks: who calls and what it proposes; Hello
	KindWelcome       // the session stands; Welcome
	KindRefuse        // no, in answer to what was asked; Refusal
	KindRequest       // asks: a file or a message; Request. A Refusal is what the protocol itself has against it: the core says it
	KindGrant         // the request stands; Grant
	KindReply         // a message's answer, or a listing; Reply
	KindBegin         // asks: start moving bytes; Point wanted or NoPoint; Refusal as in KindRequest
	KindStart         // bytes may flow from Point on; State as stored with it
	KindData          // Bytes, RecordEnd; At for random writes
	KindSync          // sync point number Point; State (events only, at most MaxState bytes)
	KindSynced        // point Point is durable
	KindEnd           // no more data; Refusal nil when all is well
	KindFinish        // asks: the transfer is over; Counts, Agree
	KindFinished      // it is; Counts, More
	KindRewind        // asks: go back to Point
	KindRewound       // asks: the answer to our Rewind, both are at Point; State. Answered with Start, which writes nothing
	KindDamaged       // asks: the data cannot be used; Refusal, Restartable when sending it again may help
	KindStop          // the transfer stops here; Refusal, Restartable, Keep
	KindStopped       // it has
	KindLeave         // the file is deselected; Refusal nil when all is well
	KindBye           // the session is over
	KindExpired       // a timer ran out; Timer
	KindAbort         // everything stops; Refusal
	KindTurn          // asks: the other side may request
	KindYield         // nothing to request
	KindWant          // owed: Len bytes at At under Tag, answered by Data; of a listing the next rows, answered by Reply
	KindFault         // bad bytes or an ABORT heard; Refusal. The farewell is in out already
)

var kindNames = [...]string{"None", "Hello", "Welcome", "Refuse", "Request", "Grant", "Reply", "Begin", "Start", "Data",
	"Sync", "Synced", "End", "Finish", "Finished", "Rewind", "Rewound", "Damaged", "Stop", "Stopped", "Leave", "Bye",
	"Expired", "Abort", "Turn", "Yield", "Want", "Fault"}

// String gives the kind's name as it stands in the contract's table.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Asks reports whether an answer is owed to an event of this kind before Hear is offered more bytes.
func (k Kind) Asks() bool {
	switch k {
	case KindHello, KindRequest, KindBegin, KindFinish, KindRewind, KindRewound, KindDamaged, KindTurn:
		return true
	}
	return false
}

// NoPoint says that no sync point is meant: the answering side chooses.
const NoPoint int64 = -1

// MaxState is the most that a dialogue keeps with a sync point, in bytes.
const MaxState = 1024

// Message is an event heard or a message said. Which fields count is said at its kind. Slices of a Data event are
// valid until the next call of the dialogue.
type Message struct {
	Kind        Kind
	Ref         uint32 // the file it is about; chosen by whoever says Request
	Tag         uint32 // of a Want
	Point       int64
	At          int64 // byte offset; -1: where the last data ended
	Len         int
	Bytes       []byte
	State       []byte
	RecordEnd   bool
	Restartable bool
	Keep        bool
	Agree       bool
	More        bool
	Counts      Counts
	Timer       Timer
	Hello       *Hello
	Welcome     *Welcome
	Request     *Request
	Grant       *Grant
	Reply       *Reply
	Refusal     *Refusal
}

// Event is what a dialogue heard.
type Event = Message

// Counts are bytes and records of a file's data. In Finish and Finished they are those on the wire. Known is false
// where the other side gave none.
type Counts struct {
	Bytes, Records int64
	Known          bool
}

// Timer names the timer that ran out.
type Timer string

const (
	// TimerOfConnect runs from the first byte to the end of the negotiation.
	TimerOfConnect Timer = "connect"
	// TimerOfMessage runs while the peer owes a message inside a transfer.
	TimerOfMessage Timer = "message"
	// TimerOfIdle runs between two transfers.
	TimerOfIdle Timer = "idle"
)

// Hello opens a session.
type Hello struct {
	Claim
	Terms Terms // proposed
}

// Welcome accepts it.
type Welcome struct {
	Terms       Terms
	LocalName   string
	LocalSecret Secret
	Text        string
}

// Action is what a request wants done.
type Action string

// The actions. Create and read are transfers; the others are there for protocols that browse.
const (
	ActionCreate  Action = "create"
	ActionRead    Action = "read"
	ActionMessage Action = "message"
	ActionList    Action = "list"
	ActionStat    Action = "stat"
	ActionSetstat Action = "setstat"
	ActionStatvfs Action = "statvfs"
	ActionRename  Action = "rename"
	ActionRemove  Action = "remove"
	ActionMkdir   Action = "mkdir"
)

// Direction says which way a file's bytes go, seen from this server.
type Direction string

const (
	// Receive takes a file from the peer.
	Receive Direction = "receive"
	// Send gives a file to the peer.
	Send Direction = "send"
)

// What a request is about.
const (
	RequestFile    = "file"
	RequestMessage = "message"
	// RequestAcknowledgement is a message that acknowledges a file and repeats its type, name, number, origin and
	// destination (PeSIT E, annex B).
	RequestAcknowledgement = "acknowledgement"
)

// Request asks for a file, a message or another action.
type Request struct {
	Action      Action            `json:"action"`
	Kind        string            `json:"kind"` // RequestFile, RequestMessage or RequestAcknowledgement
	File        string            `json:"file"` // as it came: PeSIT PI 12. May hold masks in a read
	Target      string            `json:"target,omitempty"`
	Label       string            `json:"label,omitempty"` // PeSIT PI 37
	Type        int64             `json:"type"`            // PeSIT PI 11
	Number      int64             `json:"number"`          // PeSIT PI 13; 0: the core assigns one
	Restart     bool              `json:"restart"`
	Priority    int               `json:"priority"`              // 0 urgent, 1 normal, 2 low
	Origin      string            `json:"origin,omitempty"`      // PeSIT PI 61
	Destination string            `json:"destination,omitempty"` // PeSIT PI 62
	Size        int64             `json:"size"`                  // announced, bytes; -1 unknown
	SizeUnit    int64             `json:"size_unit,omitempty"`   // the announcement was rounded up to this, bytes
	Terms       Terms             `json:"terms,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	Text        string            `json:"text,omitempty"` // free text, or the message itself
	ReplyWanted bool              `json:"reply_wanted,omitempty"`
	Mode        Mode              `json:"-"` // of a create or a rename; protocols without a choice leave it zero
}

// Mode says what a create or a rename does with what is there already. The zero value leaves it to the flow.
type Mode uint8

const (
	// ModeExclusive refuses with file.exists what has the name already, whatever the flow's rule is.
	ModeExclusive Mode = 1 << iota
	// ModeReplace begins anew: an interrupted transfer of the same name is not taken up, and a rename may replace.
	ModeReplace
	// ModeKeep takes an interrupted transfer of the same name up where it stopped; where there is none it begins anew.
	ModeKeep
	// ModeAppend writes at the end of what is there, whatever offset the data bears.
	ModeAppend
)

// Grant accepts a request.
type Grant struct {
	Number      int64
	File        string // the concrete name, where the request had a mask
	Type        int64
	Origin      string
	Destination string
	Label       string
	Size        int64 // of a file sent, bytes; -1 unknown
	Modified    time.Time
	Terms       Terms
	Attributes  map[string]string
}

// Reply answers a message or a browsing request.
type Reply struct {
	Text       string
	Attributes map[string]string
	Entries    []DirEntry
	More       bool   // of a listing: a Want with the same Ref brings the next rows
	Space      *Space // of a statvfs
}

// DirEntry is one row of a listing: what a partner may see, and what it may do with it.
type DirEntry struct {
	Name     string
	Size     int64 // bytes; -1: nobody knows before it is read
	Modified time.Time
	Dir      bool
	Read     bool // may be fetched, or listed
	Write    bool // may be put; alone with Size it is an upload that has not ended
}

// Space is what a file system holds, in bytes and files. Unknown figures are 0.
type Space struct {
	Total, Free, Available int64
	Files, FilesFree       int64
}
