package story

import "github.com/postern/postern/sdk"

// words are what a code means, and what an operator can do about it; advice "": nothing in particular.
type words struct{ meaning, advice string }

var codes = map[sdk.Code]words{
	sdk.LimitConnections:   {"the listener had all the connections that it may have", "raise max_connections of the listener, or find out who holds the connections: postern status"},
	sdk.LimitSessions:      {"the server had all the sessions that it may have", "raise limits.max_sessions or limits.unauthenticated, or find out who holds them: postern status"},
	sdk.LimitTransfers:     {"the server or the partner had all the transfers that it may have, or the catalog could not answer", "raise limits.max_transfers or max_transfers of the partner, or wait until transfers end: postern catalog list --status running"},
	sdk.LimitPartner:       {"the partner had all the sessions that it may have", "raise max_sessions of the partner, or end its sessions: postern partner disable --force, then enable"},
	sdk.LimitFailures:      {"the address had failed to authenticate too often", "wait until the ban is over; look for the wrong name or password: postern refusals list --code partner.password"},
	sdk.PartnerUnknown:     {"nobody of the configuration calls itself so", "compare the name with that of the partner's section: postern partner list"},
	sdk.PartnerPassword:    {"the password, the key or the certificate did not prove who called", "set the password that the partner uses: postern partner password"},
	sdk.PartnerProof:       {"what the caller showed was right, and not all that is required", "have the partner bring every proof of its require list, the key first"},
	sdk.PartnerAddress:     {"the partner may not call from this address, or asked for something that it may not have", "add the network to allow_from of the partner if the call was its own"},
	sdk.PartnerHours:       {"the partner may not call at this hour", "widen hours of the partner, or have it call within them"},
	sdk.PartnerDisabled:    {"the partner is switched off", "postern partner enable lets it call again"},
	sdk.ProtocolForbidden:  {"the partner may not speak this protocol", "add the protocol to protocols of the partner"},
	sdk.ProtocolVersion:    {"the other side speaks a version that is not known here", "have the partner use another version of the protocol"},
	sdk.ProtocolTerms:      {"both sides found no terms that suit them", "compare terms of the listener with what the partner proposes"},
	sdk.FlowUnknown:        {"no flow has this name", "add the flow, give the partner a default_flow, or have the partner ask for another name"},
	sdk.FlowForbidden:      {"the partner has no right to this flow", "add the flow to receive or send of the partner"},
	sdk.DirectionForbidden: {"the partner may use this flow only the other way", "add the flow to the list of this direction, or have the partner open its session for it"},
	sdk.FileExists:         {"a file of this name is there already", "move the file away, or change on_exists or path of the flow"},
	sdk.FileMissing:        {"there is nothing to fetch", "offer a file: postern offer; or publish the flow"},
	sdk.FileName:           {"the name cannot be used", "have the partner send another name, or change path of the flow"},
	sdk.FileAttributes:     {"the attributes of the file cannot be used", "have the partner change them"},
	sdk.FileSpace:          {"there is not enough room", "make room on the disk, or raise quota of the backend"},
	sdk.FileSize:           {"the file is larger than the flow takes", "raise max_size of the flow"},
	sdk.FileBusy:           {"another session still moves this file", "wait, or stop the other one: postern catalog halt"},
	sdk.FileOpen:           {"the file could not be opened or made", "look at the reason, the rights of the folder and the disk"},
	sdk.RestartUnknown:     {"there is no interrupted transfer that fits", "have the partner send the file anew"},
	sdk.RestartPoint:       {"the transfer cannot go on at this point", "have the partner send the file anew"},
	sdk.Duplicate:          {"the transfer had ended already", "nothing: the file is there"},
	sdk.MessageForbidden:   {"messages of this partner are not accepted", "set messages of the partner"},
	sdk.DataIO:             {"reading or writing the file failed", "look at the reason and the disk; the partner may restart"},
	sdk.DataSpace:          {"the room ended while the file came", "make room; the partner may restart"},
	sdk.DataRecord:         {"a record was longer than agreed", "have the partner announce its longest record"},
	sdk.DataUnsynced:       {"too much data came without a sync point", "have the partner set sync points, or widen sync_interval of the listener"},
	sdk.DataWindow:         {"too many sync points came without an acknowledgement", "have the partner obey the window"},
	sdk.DataCount:          {"both sides counted differently", "have the partner send the file anew"},
	sdk.DataRejected:       {"the file was looked at and not accepted", "look at what the exit says; have the partner send another file"},
	sdk.OperatorHalt:       {"an operator stopped it", "the partner may restart it"},
	sdk.TimerMessage:       {"the other side was silent for too long", "look at the network; the partner may restart"},
	sdk.TimerIdle:          {"the session waited too long for the next request", ""},
	sdk.ProtocolViolation:  {"what came is not the protocol", "see whether this was a partner at all; if so, record a trace on its side"},
	sdk.ProtocolParameter:  {"a parameter was missing or illegal", "have the partner's settings checked"},
	sdk.ExitRefused:        {"an exit said no", "look at the exit's reason and its settings"},
	sdk.ExitFailed:         {"an exit gave no answer", "look at the exit: postern plugin list, and the log"},
	sdk.ServerStopping:     {"the server was stopping", "the partner may try again"},
	sdk.ServerCrashed:      {"the server ended while the transfer ran", "the partner may restart"},
	sdk.PeerStopped:        {"the other side stopped it", "ask the partner why; it may restart"},
	sdk.NetworkCut:         {"the connection was lost", "look at the network; the partner may restart"},
}

// Meaning says what a code means; "" for one that is not known.
func Meaning(c sdk.Code) string { return codes[c].meaning }
