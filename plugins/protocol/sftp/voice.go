package sftp

import (
	"strconv"

	"github.com/postern/postern/sdk"
)

// Voice tells how a refusal is said: by SSH where the caller is recognised, then as a status of the packet that asked.
func (Protocol) Voice(r *sdk.Refusal, where sdk.Phase, d sdk.Direction) string {
	status := "SSH_FXP_STATUS with SSH_FX_" + statusOf(r).String()
	if text := textOf(r); text != "" {
		status += " and the text " + strconv.Quote(text)
	}
	switch {
	case where == sdk.PhaseCall:
		return "the connection closed, without a word"
	case where == sdk.PhaseNegotiation:
		return "SSH_MSG_USERAUTH_FAILURE; once the channel is open, the channel closed without a word"
	case where == sdk.PhaseData && d == sdk.Receive:
		return status + ", to each later WRITE and to CLOSE"
	case where == sdk.PhaseData:
		return status + ", to each later READ and to CLOSE"
	case d == sdk.Receive || d == sdk.Send:
		return status + ", to OPEN"
	}
	return status
}
