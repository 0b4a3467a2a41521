package sftp

import (
	"strings"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// statusOf gives the status code with which a refusal is said: the one of its code's row, and where that row says
// disconnect, for a refusal that comes while the session goes on, the nearest one.
func statusOf(r *sdk.Refusal) wire.Code {
	row, _ := r.Code.Row()
	if c, ok := wire.CodeNamed(row.SFTP); ok && c != wire.OK && c != wire.EOF {
		return c
	}
	switch {
	case strings.HasPrefix(string(r.Code), "partner."), r.Code == sdk.ProtocolForbidden:
		return wire.PermissionDenied
	case r.Code == sdk.ProtocolViolation:
		return wire.BadMessage
	}
	return wire.Failure
}

// textOf is the public sentence of a refusal.
func textOf(r *sdk.Refusal) string {
	if r.Public != "" {
		return r.Public
	}
	row, _ := r.Code.Row()
	return row.Public
}

// refusalOf makes up for a refusal that the core left out.
func refusalOf(r *sdk.Refusal) *sdk.Refusal {
	if r == nil {
		return sdk.Refuse(sdk.ExitFailed, "refused without a reason")
	}
	return r
}

func appendRefusal(out []byte, id uint32, r *sdk.Refusal) []byte {
	return wire.AppendStatus(out, id, statusOf(r), textOf(r))
}

// What the dialogue itself has against a packet.
const (
	textHandle   = "no such handle"
	textWritten  = "the file was opened for writing"
	textRead     = "the file was opened for reading"
	textFolder   = "that is an open folder"
	textFile     = "that is an open file"
	textHandles  = "too many open files, 64 are allowed"
	textOffset   = "the offset is too large"
	textMessage  = "the packet cannot be read"
	textUnknown  = "not supported"
	textTooLarge = "the packet is too long"
)
