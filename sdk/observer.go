package sdk

import (
	"net/netip"
	"time"
)

// Observer is told what happens: calls, phases, decisions, refusals, operator actions. Logs, the audit and the
// refusals log are observers. Observe must return at once and is called from many goroutines.
type Observer interface {
	Observe(o Observation)
}

// Happening names what an observation is about.
type Happening string

const (
	// CallOpened and CallClosed frame a connection.
	CallOpened Happening = "call.opened"
	CallClosed Happening = "call.closed"
	// PhaseEnded reports a phase with its outcome.
	PhaseEnded Happening = "phase.ended"
	// Decided reports one exit's verdict.
	Decided Happening = "decided"
	// Refused reports a refusal by the core, an exit or a limit.
	Refused Happening = "refused"
	// AddressBanned reports that an address failed once too often; Duration is that of the ban.
	AddressBanned Happening = "address.banned"
	// TransferStarted, TransferSynced, TransferEnded and TransferInterrupted follow a transfer.
	TransferStarted     Happening = "transfer.started"
	TransferSynced      Happening = "transfer.synced"
	TransferEnded       Happening = "transfer.ended"
	TransferInterrupted Happening = "transfer.interrupted"
	// OperatorActed reports an operator's command.
	OperatorActed Happening = "operator.acted"
)

// Observation is one thing that happened. Fields that do not apply are empty. It never holds a secret.
type Observation struct {
	Time      time.Time
	What      Happening
	Phase     Phase
	Point     Point
	Session   string
	Transfer  string
	Partner   string
	Flow      string
	File      string
	Label     string // the longer name, where the peer gave one
	Listener  string
	Protocol  string
	Peer      netip.AddrPort
	Direction Direction
	Exit      string
	Verdict   VerdictKind
	Changes   []string
	Refusal   *Refusal
	SyncPoint int64
	Bytes     int64 // of the file: where a transfer starts, stands or ended, earlier attempts counted
	Records   int64
	SHA256    string
	Path      string
	// Duration of what ended: a call, a phase, a decision, a transfer; of a sync point the time from its arrival to its
	// acknowledgement (of the oldest one where several are acknowledged at once). 0: unknown.
	Duration time.Duration
	Actor    string // of an operator's command: uid and name
	Command  string
	Failure  string // why an operator's command did nothing
	// Of a refusal: the id under which it is kept, the decisions that were made before it, and where its rule stands in
	// the configuration that refused.
	ID        string
	Decisions []Decision
	Place     string
}

// Observers tells several observers in order.
type Observers []Observer

// Observe passes o on to each.
func (s Observers) Observe(o Observation) {
	for _, x := range s {
		x.Observe(o)
	}
}
