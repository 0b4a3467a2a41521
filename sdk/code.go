package sdk

// Code is a refusal code. The list is closed: exits return codes, protocols map them to their own words.
type Code string

// The refusal codes.
const (
	LimitConnections   Code = "limit.connections"
	LimitSessions      Code = "limit.sessions"
	LimitTransfers     Code = "limit.transfers"
	LimitPartner       Code = "limit.partner"
	LimitFailures      Code = "limit.failures"
	PartnerUnknown     Code = "partner.unknown"
	PartnerPassword    Code = "partner.password"
	PartnerProof       Code = "partner.proof" // what was shown is right, and more is needed: no failure yet
	PartnerAddress     Code = "partner.address"
	PartnerHours       Code = "partner.hours"
	PartnerDisabled    Code = "partner.disabled"
	ProtocolForbidden  Code = "protocol.forbidden"
	ProtocolVersion    Code = "protocol.version"
	ProtocolTerms      Code = "protocol.terms"
	FlowUnknown        Code = "flow.unknown"
	FlowForbidden      Code = "flow.forbidden"
	DirectionForbidden Code = "direction.forbidden"
	FileExists         Code = "file.exists"
	FileMissing        Code = "file.missing"
	FileName           Code = "file.name"
	FileAttributes     Code = "file.attributes"
	FileSpace          Code = "file.space"
	FileSize           Code = "file.size"
	FileBusy           Code = "file.busy"
	FileOpen           Code = "file.open"
	RestartUnknown     Code = "restart.unknown"
	RestartPoint       Code = "restart.point"
	Duplicate          Code = "duplicate"
	MessageForbidden   Code = "message.forbidden"
	DataIO             Code = "data.io"
	DataSpace          Code = "data.space"
	DataRecord         Code = "data.record"
	DataUnsynced       Code = "data.unsynced"
	DataWindow         Code = "data.window"
	DataCount          Code = "data.count"
	DataRejected       Code = "data.rejected"
	OperatorHalt       Code = "operator.halt"
	TimerMessage       Code = "timer.message"
	TimerIdle          Code = "timer.idle"
	ProtocolViolation  Code = "protocol.violation"
	ProtocolParameter  Code = "protocol.parameter"
	ExitRefused        Code = "exit.refused"
	ExitFailed         Code = "exit.failed"
	ServerStopping     Code = "server.stopping"
	ServerCrashed      Code = "server.crashed"
	// PeerStopped and NetworkCut are never said to a peer: they are how the catalog names an end that came from outside.
	PeerStopped Code = "peer.stopped"
	NetworkCut  Code = "network.cut"
)

// CodeRow is what one refusal code means in each protocol.
type CodeRow struct {
	Code      Code
	Temporary bool   // the peer may try again without anybody changing anything
	PeSIT     string // diagnostic "T-RRR" (PeSIT E §4.9, PI 2); "close" where the connection is only closed; "" never said
	OFTP      string // answer reason: SFNA or EFNA 1xx (per file), ESID 2xx (session); RFC 5024 §5.3
	SFTP      string // status name of SSH_FXP_STATUS, or "disconnect"
	Public    string // the sentence for the peer; it gives nothing away
}

// Codes returns the closed list.
func Codes() []CodeRow { return append([]CodeRow(nil), codeTable[:]...) }

// Row returns the code's row; ok is false for a code that is not on the list.
func (c Code) Row() (row CodeRow, ok bool) {
	for i := range codeTable { // by index: a row is large, and each exit's refusal comes by
		if codeTable[i].Code == c {
			return codeTable[i], true
		}
	}
	return CodeRow{}, false
}

var codeTable = [...]CodeRow{
	{LimitConnections, true, "3-303", "ESID 205", "disconnect", "too many connections"},
	{LimitSessions, true, "3-303", "ESID 205", "disconnect", "too many sessions"},
	{LimitTransfers, true, "2-201", "SFNA 199", "FAILURE", "too many transfers, try later"},
	{LimitPartner, true, "3-309", "ESID 205", "disconnect", "too many sessions of this partner"},
	{LimitFailures, true, "3-303", "ESID 205", "disconnect", "too many failed calls, try later"},
	{PartnerUnknown, false, "3-301", "ESID 204", "disconnect", "not recognised"},
	{PartnerPassword, false, "3-301", "ESID 204", "disconnect", "not recognised"},
	{PartnerProof, false, "3-301", "ESID 204", "disconnect", "not recognised"},
	{PartnerAddress, false, "3-304", "ESID 204", "disconnect", "not authorised"},
	{PartnerHours, true, "3-322", "ESID 205", "disconnect", "call back later"},
	{PartnerDisabled, true, "3-312", "ESID 205", "disconnect", "service closed for this partner"},
	{ProtocolForbidden, false, "3-302", "ESID 203", "disconnect", "protocol not available"},
	{ProtocolVersion, false, "3-308", "ESID 206", "disconnect", "version not supported"},
	{ProtocolTerms, false, "3-307", "ESID 206", "disconnect", "terms not acceptable"},
	{FlowUnknown, false, "2-226", "SFNA 199", "PERMISSION_DENIED", "transfer refused"},
	{FlowForbidden, false, "2-226", "SFNA 199", "PERMISSION_DENIED", "transfer refused"},
	{DirectionForbidden, false, "2-226", "SFNA 199", "PERMISSION_DENIED", "transfer refused"},
	{FileExists, false, "2-204", "SFNA 113", "FAILURE", "file exists already"},
	{FileMissing, false, "2-205", "SFNA 101", "NO_SUCH_FILE", "no such file"},
	{FileName, false, "2-226", "SFNA 199", "PERMISSION_DENIED", "name not acceptable"},
	{FileAttributes, false, "2-200", "SFNA 104", "FAILURE", "file attributes not acceptable"},
	{FileSpace, false, "2-206", "SFNA 106", "FAILURE", "not enough space"},
	{FileSize, false, "2-206", "SFNA 106", "FAILURE", "file too large"},
	{FileBusy, true, "2-207", "SFNA 199", "FAILURE", "file in use, try later"},
	{FileOpen, false, "2-211", "SFNA 112", "FAILURE", "file cannot be opened"},
	{RestartUnknown, false, "2-214", "SFNA 199", "NO_SUCH_FILE", "no transfer to restart"},
	{RestartPoint, false, "2-214", "SFNA 199", "FAILURE", "restart point not available"},
	{Duplicate, false, "2-250", "SFNA 113", "FAILURE", "already transferred"},
	{MessageForbidden, false, "2-209", "", "OP_UNSUPPORTED", "messages not accepted"},
	{DataIO, true, "2-213", "EFNA 112", "FAILURE", "input or output error"},
	{DataSpace, true, "2-219", "EFNA 112", "FAILURE", "file space exhausted"},
	{DataRecord, false, "2-220", "EFNA 105", "FAILURE", "record too long"},
	{DataUnsynced, false, "2-222", "EFNA 199", "FAILURE", "too much data without a sync point"},
	{DataWindow, false, "2-217", "EFNA 199", "FAILURE", "too many sync points without an acknowledgement"},
	{DataCount, false, "3-319", "EFNA 211", "FAILURE", "byte or record count differs"},
	{DataRejected, false, "2-223", "EFNA 199", "FAILURE", "file rejected"},
	{OperatorHalt, true, "2-216", "EFNA 199", "FAILURE", "stopped by the operator"},
	{TimerMessage, true, "3-317", "ESID 209", "disconnect", "no answer in time"},
	{TimerIdle, true, "3-313", "ESID 209", "disconnect", "idle for too long"},
	{ProtocolViolation, false, "3-311", "ESID 202", "disconnect", "protocol error"},
	{ProtocolParameter, false, "3-318", "ESID 206", "BAD_MESSAGE", "parameter missing or illegal"},
	{ExitRefused, false, "2-226", "SFNA 199", "PERMISSION_DENIED", "transfer refused"},
	{ExitFailed, true, "2-201", "SFNA 199", "FAILURE", "temporarily not available"},
	{ServerStopping, true, "3-312", "ESID 205", "disconnect", "server is stopping"},
	{ServerCrashed, true, "", "", "", "server was stopped in the middle"},
	{PeerStopped, true, "", "", "", "stopped by the other side"},
	{NetworkCut, true, "", "", "", "connection lost"},
}
