package pesit

import (
	"strconv"

	"github.com/postern/postern/sdk"
)

// Voice tells with which unit and diagnostic a refusal is said: RCONNECT with 3-301, ACK(CREATE) with 2-226. A call is
// closed without a word.
func (Protocol) Voice(r *sdk.Refusal, where sdk.Phase, d sdk.Direction) string {
	unit := map[sdk.Direction]string{sdk.Receive: "ACK(CREATE)", sdk.Send: "ACK(SELECT)"}[d]
	at := forFile
	switch {
	case where == sdk.PhaseCall:
		return "the connection closed, without a word"
	case where == sdk.PhaseNegotiation:
		unit, at = "RCONNECT", forConnection
	case where == sdk.PhaseData && d == sdk.Receive:
		unit = "IDT or ACK(TRANS.END)"
	case where == sdk.PhaseData:
		unit = "IDT"
	}
	text := unit + " with the diagnostic " + diagnosticOf(r, at).String()
	if r.Public != "" {
		text += " and, in version E, the text " + strconv.Quote(r.Public)
	}
	return text
}
