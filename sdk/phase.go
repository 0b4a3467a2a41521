package sdk

// Phase is one of the five phases of a call. They are the spine of the code, the logs and the documentation.
type Phase uint8

// The five phases, in the order of a call.
const (
	// PhaseCall accepts the connection and asks the limits. Refused here: closed, counted, no catalog entry.
	PhaseCall Phase = 1 + iota
	// PhaseNegotiation finds out who is calling and on which terms. Refused here: said in the protocol's words, no entry.
	PhaseNegotiation
	// PhaseFile links the request to a held or interrupted entry, or makes a new one. Refused here: said, no new entry.
	PhaseFile
	// PhaseData moves the bytes and commits the file. Refused here: stopped at the last durable sync point.
	PhaseData
	// PhaseDisconnection keeps the session for further transfers until the idle timer or the peer ends it.
	PhaseDisconnection
)

var phaseNames = [...]string{"", "call", "negotiation", "file", "data", "disconnection"}

// String gives the phase's name as it stands in logs and records.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return ""
}

// MarshalText writes the phase's name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
