package audit

import "github.com/postern/postern/sdk"

// Observe makes a record of what is a decision, the end of a transfer or an operator's action, and drops the rest.
func (l *Log) Observe(o sdk.Observation) {
	switch o.What {
	case sdk.Refused:
		if o.Refusal != nil {
			l.counted(recordOf(Refused, o), kind{phase: o.Phase.String(), point: string(o.Point), code: string(o.Refusal.Code),
				exit: o.Exit, partner: o.Partner, listener: o.Listener, address: o.Peer.Addr()})
		}
	case sdk.Decided:
		l.decided(o)
	case sdk.TransferEnded:
		l.Add(recordOf(Ended, o))
	case sdk.TransferInterrupted:
		l.Add(recordOf(Interrupted, o))
	case sdk.OperatorActed:
		if o.Failure == "" {
			l.Add(recordOf(Operator, o))
			return
		}
		l.counted(recordOf(Operator, o), kind{phase: operators, actor: o.Actor, command: o.Command})
	}
}

// decided records who let a caller in or a file pass, what an exit changed, and an exit that was passed over. A refusal
// is recorded where it takes effect.
func (l *Log) decided(o sdk.Observation) {
	switch {
	case o.Verdict == sdk.Allow && o.Point == sdk.PointIdentify:
		l.Add(recordOf(Identified, o))
	case o.Verdict == sdk.Allow && o.Point == sdk.PointAuthorize:
		l.Add(recordOf(Authorized, o))
	case o.Verdict == sdk.Pass && len(o.Changes) > 0:
		l.Add(recordOf(Decided, o))
	case o.Verdict == sdk.Pass && o.Refusal != nil:
		l.counted(recordOf(Decided, o), kind{point: string(o.Point), code: string(o.Refusal.Code), exit: o.Exit})
	}
}

// counted adds a record unless there were too many like it.
func (l *Log) counted(r Record, k kind) {
	if l.admitted(r, k) {
		l.written()
	}
}

func (l *Log) admitted(r Record, k kind) (write bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Time.IsZero() {
		r.Time = l.now()
	}
	l.flood.end(r.Time, false, func(r Record) { write = l.add(r) || write })
	if l.flood.admits(r, k) {
		write = l.add(r) || write
	}
	return write
}

// maxChanges bounds what is listed of an exit's changes.
const maxChanges = 64

func recordOf(event string, o sdk.Observation) Record {
	r := Record{Time: o.Time, Event: event, Point: string(o.Point), Session: o.Session, Transfer: o.Transfer,
		Partner: o.Partner, Flow: o.Flow, File: o.File, Path: o.Path, Direction: string(o.Direction), Listener: o.Listener,
		Protocol: o.Protocol, Exit: o.Exit, Changes: o.Changes, SyncPoint: o.SyncPoint, Bytes: o.Bytes, Records: o.Records,
		SHA256: o.SHA256, Actor: o.Actor, Command: o.Command, Failure: o.Failure}
	r.Changes = r.Changes[:min(len(r.Changes), maxChanges)]
	if o.Phase != 0 {
		r.Phase = o.Phase.String()
	}
	if o.What == sdk.Decided {
		r.Verdict = o.Verdict.String()
	}
	if o.Peer.IsValid() {
		r.Peer = o.Peer.String()
	}
	if o.Refusal != nil {
		r.Code, r.Reason = string(o.Refusal.Code), o.Refusal.Error()
	}
	return r
}
