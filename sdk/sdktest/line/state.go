package line

import "github.com/postern/postern/sdk"

// state is a set of states of a dialogue; a dialogue is in exactly one.
type state uint32

const (
	fresh     state = 1 << iota // nobody has said hello
	greeting                    // HELLO waits for its answer
	idle                        // no file
	turning                     // TURN waits for a request or YIELD
	asking                      // a request waits for its answer
	chosen                      // a file is selected
	beginning                   // BEGIN waits for its answer
	flowing                     // data flows
	ended                       // END has passed
	finishing                   // FINISH waits for its answer
	done                        // the transfer is over, the file still selected
	recalled                    // we heard REWIND and owe REWOUND
	rewinding                   // we said REWIND; what comes before REWOUND is dropped
	rejoining                   // we heard REWOUND and wait for the state of that point
	stopping                    // we said STOP; what comes before STOPPED is dropped
	halted                      // a STOP has passed, the file still selected
	leaving                     // LEAVE waits for LEFT
	parting                     // BYE waits for GOODBYE
	over                        // nothing is heard or said any more
)

// moving are the states between START and FINISHED.
const moving = flowing | ended | finishing | recalled | rewinding | rejoining

// selected are the states in which the file may be left.
const selected = chosen | halted | done

// after are the states in which a message about data may come too late without anybody's fault.
const after = recalled | rewinding | rejoining | stopping | halted | finishing | done | leaving | idle

// side says who may say a verb.
type side uint8

const (
	either   side = iota
	caller        // who opened the call
	called        // who answered it
	asker         // who holds the turn and made the request
	server        // who answers requests
	sender        // whose file it is
	receiver      // who gets it
	owner         // the caller while it holds the turn
	borrower      // the called side while it holds the turn
)

// plays reports whether a party with these properties is that side.
func (s side) plays(calling, asks, sends bool) bool {
	switch s {
	case caller:
		return calling
	case called:
		return !calling
	case asker:
		return asks
	case server:
		return !asks
	case sender:
		return sends
	case receiver:
		return !sends
	case owner:
		return calling && asks
	case borrower:
		return !calling && asks
	}
	return true
}

// on is a set of states and the state that follows; to 0 leaves that to the verb.
type on struct{ in, to state }

// row is one line of the protocol's table: a verb, who says it, and in which states of this side it may be heard or
// said. A verb heard in a drop state was under way when this side said STOP or REWIND. A message said in a late state
// was overtaken: it writes nothing.
type row struct {
	verb string
	kind sdk.Kind
	by   side
	hear on
	say  on
	drop state
	late state
	read func(*dialogue, *fields, *sdk.Event) error
	// write appends the words after the verb.
	write func(*dialogue, *sdk.Message, []byte) ([]byte, error)
}

// request stands for the verbs of the actions table.
const request = "request"

// crossed are the states in which this side drops what the peer said before it heard STOP or REWIND.
const crossed = rewinding | stopping

var table = [...]row{
	// the session
	{verb: "HELLO", kind: sdk.KindHello, by: caller, hear: on{fresh, greeting}, say: on{fresh, greeting}, read: readHello, write: writeHello},
	{verb: "WELCOME", kind: sdk.KindWelcome, by: called, hear: on{greeting, idle}, say: on{greeting, idle}, read: readWelcome, write: writeWelcome},
	{verb: "NO", kind: sdk.KindRefuse, by: called, hear: on{greeting, over}, say: on{greeting, over}, read: readRefuse, write: writeRefuse},
	{verb: "TURN", kind: sdk.KindTurn, by: owner, hear: on{idle, turning}, say: on{idle, turning}, read: readNothing, write: writeNothing},
	{verb: "YIELD", kind: sdk.KindYield, by: called, hear: on{turning, idle}, say: on{turning, idle}, read: readYield, write: writeYield},
	{verb: "YIELD", kind: sdk.KindYield, by: borrower, hear: on{idle, idle}, say: on{idle, idle}, read: readYield, write: writeYield},
	{verb: "BYE", kind: sdk.KindBye, by: owner, hear: on{idle, over}, say: on{idle, parting}, read: readBye, write: writeNothing},
	{verb: "GOODBYE", kind: sdk.KindBye, by: called, hear: on{parting, over}, read: readNothing},

	// the file
	{verb: request, kind: sdk.KindRequest, by: asker, hear: on{idle, asking}, say: on{idle, asking}, read: readRequest, write: writeRequest},
	{verb: request, kind: sdk.KindRequest, by: called, hear: on{turning, asking}, say: on{turning, asking}, read: readRequest, write: writeRequest},
	{verb: "GRANT", kind: sdk.KindGrant, by: server, hear: on{asking, chosen}, say: on{asking, chosen}, read: readGrant, write: writeGrant},
	{verb: "REPLY", kind: sdk.KindReply, by: server, hear: on{asking, 0}, say: on{asking, 0}, read: readReply},
	{verb: "NO", kind: sdk.KindRefuse, by: server, hear: on{asking, idle}, say: on{asking, idle}, read: readRefuse, write: writeRefuse},
	{verb: "WANT", kind: sdk.KindWant, by: asker, hear: on{chosen, chosen}, say: on{chosen, chosen}, read: readWant, write: writeWant},
	{verb: "DATA", kind: sdk.KindData, by: server, hear: on{chosen, chosen}, say: on{chosen, chosen}, late: after, read: readData},
	{verb: "NO", kind: sdk.KindRefuse, by: server, hear: on{chosen, chosen}, say: on{chosen, chosen}, read: readRefuse, write: writeRefuse},
	{verb: "LEAVE", kind: sdk.KindLeave, by: asker, hear: on{selected, idle}, say: on{selected, leaving}, read: readLeave, write: writeLeave},
	{verb: "LEFT", kind: sdk.KindLeave, by: server, hear: on{leaving, idle}, read: readNothing},

	// its data
	{verb: "BEGIN", kind: sdk.KindBegin, by: asker, hear: on{chosen | halted, beginning}, say: on{chosen | halted, beginning}, read: readBegin, write: writeBegin},
	{verb: "START", kind: sdk.KindStart, by: server, hear: on{beginning, flowing}, say: on{beginning, flowing}, read: readStart, write: writeStart},
	{verb: "NO", kind: sdk.KindRefuse, by: server, hear: on{beginning, chosen}, say: on{beginning, chosen}, read: readRefuse, write: writeRefuse},
	{verb: "DATA", kind: sdk.KindData, by: sender, hear: on{flowing, flowing}, drop: crossed, say: on{flowing, flowing}, late: after, read: readData},
	{verb: "SYNC", kind: sdk.KindSync, by: sender, hear: on{flowing, flowing}, drop: crossed, say: on{flowing, flowing}, late: after, read: readSync, write: writeSync},
	{verb: "SYNCED", kind: sdk.KindSynced, by: receiver, hear: on{flowing | ended | finishing, 0}, drop: crossed, say: on{flowing | ended, 0}, late: after, read: readSynced, write: writePoint},
	{verb: "END", kind: sdk.KindEnd, by: sender, hear: on{flowing, ended}, drop: crossed, say: on{flowing, ended}, late: after, read: readEnd, write: writeEnd},
	{verb: "FINISH", kind: sdk.KindFinish, by: asker, hear: on{ended, finishing}, drop: crossed, say: on{ended, finishing}, late: after, read: readFinish, write: writeFinish},
	{verb: "FINISHED", kind: sdk.KindFinished, by: server, hear: on{finishing, done}, drop: crossed, say: on{finishing, done}, late: stopping | halted, read: readFinish, write: writeFinish},
	{verb: "NO", kind: sdk.KindRefuse, by: server, hear: on{finishing, done}, drop: stopping, say: on{finishing, done}, late: stopping | halted, read: readRefuse, write: writeRefuse},

	// going back; of two REWINDs that cross, the requester's stands
	{verb: "REWIND", kind: sdk.KindRewind, by: either, hear: on{flowing | ended, recalled}, drop: stopping, say: on{flowing | ended, rewinding}, late: after, read: readRewind, write: writeRewind},
	{verb: "REWIND", kind: sdk.KindRewind, by: server, hear: on{finishing, recalled}, drop: rewinding, read: readRewind},
	{verb: "REWIND", kind: sdk.KindRewind, by: asker, hear: on{rewinding, recalled}, read: readRewind},
	{verb: "REWOUND", kind: sdk.KindRewound, by: either, hear: on{rewinding, rejoining}, drop: stopping, say: on{recalled, flowing}, late: stopping | halted, read: readRewound, write: writeRewound},
	{kind: sdk.KindStart, by: either, say: on{rejoining | flowing, flowing}, late: stopping | halted},

	// stopping; of two STOPs that cross, both stand
	{verb: "STOP", kind: sdk.KindStop, by: either, hear: on{moving | done | stopping, halted}, say: on{moving, stopping}, late: after, read: readStop, write: writeStop},
	{verb: "STOPPED", kind: sdk.KindStopped, by: either, hear: on{stopping, halted}, read: readNothing},
}

// actions are the verbs of requests.
var actions = [...]struct {
	verb   string
	action sdk.Action
}{
	{"PUT", sdk.ActionCreate}, {"GET", sdk.ActionRead}, {"MSG", sdk.ActionMessage}, {"LIST", sdk.ActionList},
	{"STAT", sdk.ActionStat}, {"SETSTAT", sdk.ActionSetstat}, {"STATVFS", sdk.ActionStatvfs},
	{"RENAME", sdk.ActionRename}, {"REMOVE", sdk.ActionRemove}, {"MKDIR", sdk.ActionMkdir},
}

// heard finds the row of a verb that came in this state. drop is set when the verb was overtaken by what this side
// said; row is nil when the verb is out of place.
func (d *dialogue) heard(verb []byte) (r *row, drop bool) {
	name := string(verb)
	for _, a := range actions {
		if a.verb == name {
			name = request
			break
		}
	}
	for i := range table {
		r := &table[i]
		if r.verb != name || !r.by.plays(!d.calling, !d.asker, !d.sender) {
			continue
		}
		if r.hear.in&d.state != 0 {
			return r, false
		}
		if r.drop&d.state != 0 {
			return r, true
		}
	}
	return nil, false
}

// said finds the row of a message in this state. late is set when the peer has overtaken it; row is nil when it is out
// of place.
func (d *dialogue) said(k sdk.Kind) (r *row, late bool) {
	for i := range table {
		r := &table[i]
		if r.kind != k || !r.by.plays(d.calling, d.asker, d.sender) {
			continue
		}
		if r.say.in&d.state != 0 {
			return r, false
		}
		late = late || r.late&d.state != 0
	}
	return nil, late
}
