package pesit

import "github.com/postern/postern/plugins/protocol/pesit/wire"

// state is where a dialogue stands. The comments give the names of PeSIT E §4.8.
type state uint8

const (
	stateIdle        state = iota // CN01: nobody has said anything
	stateLogon                    // calling: the pre-connection waits for its ACK0
	stateConnecting               // CN02: CONNECT waits for its answer
	stateConnected                // CN03: no file, no message
	stateMessageIn                // MG01: a segmented message is coming
	stateMessage                  // MG04: a message waits for its ACK(MSG)
	stateCreating                 // SF01: CREATE waits for its answer
	stateSelecting                // SF02: SELECT waits for its answer
	stateSelected                 // SF03: a file is selected
	stateOpening                  // OF01, calling: ORF waits for its answer
	stateOpen                     // OF02: the file is open, no data flows
	stateStarting                 // TDE01, TDL01: WRITE or READ waits for its answer
	stateReceiving                // TDE02, TDL02: data comes in
	stateReceived                 // TDE07: DTF.END came
	stateSending                  // TDE02, TDL02: data goes out
	stateSent                     // TDL07: DTF.END went out
	stateFinishing                // TDE08, TDL08: TRANS.END waits for its answer
	stateStopping                 // TDE05, TDL05: our IDT waits for its answer
	stateRewinding                // TDE03, TDL03: our RESYN waits for its answer
	stateRewindAsked              // TDE04, TDL04: the peer's RESYN waits for ours
	stateRewound                  // ACK(RESYN) came, the core has not repositioned yet
	stateClosing                  // calling: CRF waits for its answer
	stateDeselecting              // calling: DESELECT waits for its answer
	stateReleasing                // calling: RELEASE waits for its answer
	stateOver                     // the connection is to be closed; whatever comes is dropped
	stateCount
)

var stateNames = [stateCount]string{"idle", "logon", "connecting", "connected", "message-in", "message", "creating",
	"selecting", "selected", "opening", "open", "starting", "receiving", "received", "sending", "sent", "finishing",
	"stopping", "rewinding", "rewind-asked", "rewound", "closing", "deselecting", "releasing", "over"}

// String gives the state's name, for error texts.
func (s state) String() string { return stateNames[s] }

// rule says what one FPDU does in one state. An FPDU without a rule breaks the protocol; a rule without an action drops it.
type rule struct {
	on wire.Type
	do func(*Dialogue, *hearing, wire.FPDU) error
}

type rules [stateCount][]rule

// find gives the rule for t in state s.
func (r *rules) find(s state, t wire.Type) (rule, bool) {
	for _, x := range r[s] {
		if x.on == t {
			return x, true
		}
	}
	return rule{}, false
}

// What both sides hear while data flows, in the direction of the one who takes it and of the one who gives it.
var (
	takingData = []rule{
		{wire.DTF, (*Dialogue).hearData}, {wire.DTFDA, (*Dialogue).hearData}, {wire.DTFMA, (*Dialogue).hearData},
		{wire.DTFFA, (*Dialogue).hearData}, {wire.Syn, (*Dialogue).hearSyn}, {wire.DTFEnd, (*Dialogue).hearDTFEnd},
		{wire.Resyn, (*Dialogue).hearResyn}, {wire.IDT, (*Dialogue).hearIDT},
	}
	givingData = []rule{
		{wire.AckSyn, (*Dialogue).hearAckSyn}, {wire.Resyn, (*Dialogue).hearResyn}, {wire.IDT, (*Dialogue).hearIDT},
	}
	// After our IDT everything in flight is dropped (TDE05, TDL05).
	stopping = []rule{
		{wire.AckIDT, (*Dialogue).hearAckIDT}, {wire.IDT, (*Dialogue).hearIDT},
		{wire.DTF, nil}, {wire.DTFDA, nil}, {wire.DTFMA, nil}, {wire.DTFFA, nil}, {wire.Syn, nil}, {wire.DTFEnd, nil},
		{wire.TransEnd, nil}, {wire.AckSyn, nil}, {wire.Resyn, nil}, {wire.AckResyn, nil},
	}
	rewinding = []rule{
		{wire.AckResyn, (*Dialogue).hearAckResyn}, {wire.Resyn, (*Dialogue).hearResynCrossing}, {wire.IDT, (*Dialogue).hearIDT},
		{wire.DTF, nil}, {wire.DTFDA, nil}, {wire.DTFMA, nil}, {wire.DTFFA, nil}, {wire.Syn, nil}, {wire.DTFEnd, nil},
		{wire.TransEnd, nil}, {wire.AckSyn, nil},
	}
	// Acknowledgements that were on their way when the transfer ended.
	strays = []rule{{wire.AckSyn, nil}, {wire.AckIDT, nil}}
)

func also(list []rule, more ...rule) []rule { return append(list[:len(list):len(list)], more...) }

// answeringRules is the state table of the server. In the states that are missing an answer of the core is owed, and nothing
// is heard.
var answeringRules = rules{
	stateIdle: {{wire.Connect, (*Dialogue).hearConnect}},
	stateConnected: also(strays,
		rule{wire.Create, (*Dialogue).hearCreate}, rule{wire.Select, (*Dialogue).hearSelect},
		rule{wire.Msg, (*Dialogue).hearMsg}, rule{wire.MsgDM, (*Dialogue).hearMsg}, rule{wire.Release, (*Dialogue).hearRelease}),
	stateMessageIn: {{wire.MsgMM, (*Dialogue).hearMsgPart}, {wire.MsgFM, (*Dialogue).hearMsgPart}},
	stateSelected:  {{wire.ORF, (*Dialogue).hearORF}, {wire.Deselect, (*Dialogue).hearDeselect}},
	stateOpen: also(strays,
		rule{wire.Write, (*Dialogue).hearWrite}, rule{wire.Read, (*Dialogue).hearRead}, rule{wire.CRF, (*Dialogue).hearCRF}),
	stateReceiving: takingData,
	stateReceived:  {{wire.TransEnd, (*Dialogue).hearTransEnd}, {wire.IDT, (*Dialogue).hearIDT}},
	stateSending:   givingData,
	stateSent:      also(givingData, rule{wire.TransEnd, (*Dialogue).hearTransEnd}),
	stateStopping:  stopping,
	stateRewinding: rewinding,
}

// callingRules is the state table of the requester.
var callingRules = rules{
	stateConnecting:  {{wire.AConnect, (*Dialogue).hearAConnect}, {wire.RConnect, (*Dialogue).hearRConnect}},
	stateConnected:   strays,
	stateMessage:     also(strays, rule{wire.AckMsg, (*Dialogue).hearAckMsg}),
	stateCreating:    also(strays, rule{wire.AckCreate, (*Dialogue).hearAckCreate}),
	stateSelecting:   also(strays, rule{wire.AckSelect, (*Dialogue).hearAckSelect}),
	stateOpening:     {{wire.AckORF, (*Dialogue).hearAckORF}},
	stateOpen:        strays,
	stateStarting:    also(strays, rule{wire.AckWrite, (*Dialogue).hearAckWrite}, rule{wire.AckRead, (*Dialogue).hearAckRead}),
	stateReceiving:   takingData,
	stateReceived:    {{wire.IDT, (*Dialogue).hearIDT}},
	stateSending:     givingData,
	stateSent:        givingData,
	stateFinishing:   also(givingData, rule{wire.AckTransEnd, (*Dialogue).hearAckTransEnd}),
	stateStopping:    also(stopping, rule{wire.AckTransEnd, nil}),
	stateRewinding:   rewinding,
	stateClosing:     also(strays, rule{wire.AckCRF, (*Dialogue).hearAckCRF}),
	stateDeselecting: {{wire.AckDeselect, (*Dialogue).hearAckDeselect}},
	stateReleasing:   also(strays, rule{wire.RelConf, (*Dialogue).hearRelConf}),
}
