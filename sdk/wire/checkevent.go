package wire

import (
	"slices"

	"github.com/postern/postern/sdk"
)

// CheckEvent reports an event that no dialogue may give: without what its kind needs, or with numbers that mean nothing.
// The server looks at what a plugin heard with it; whether the event has its place now is the phases' to judge.
func CheckEvent(e *sdk.Event) error {
	switch {
	case e.Kind == sdk.KindNone:
		return bad("an event without a kind")
	case missing(e):
		return bad("the event %s without what belongs to it", e.Kind)
	case e.Point < sdk.NoPoint || e.Point == sdk.NoPoint && e.Kind != sdk.KindBegin:
		return bad("the event %s with the sync point %d", e.Kind, e.Point)
	case e.At < -1:
		return bad("the event %s at the offset %d", e.Kind, e.At)
	case len(e.State) > sdk.MaxState:
		return bad("%d bytes of state, at most %d are kept", len(e.State), sdk.MaxState)
	case e.Counts.Bytes < 0 || e.Counts.Records < 0:
		return bad("the event %s counts %d bytes and %d records", e.Kind, e.Counts.Bytes, e.Counts.Records)
	case e.Kind != sdk.KindData && len(e.Bytes) > 0:
		return bad("the event %s with bytes", e.Kind)
	}
	if e.Request != nil {
		if err := checkRequest(e.Request); err != nil {
			return err
		}
	}
	if e.Grant != nil && (e.Grant.Number < 0 || e.Grant.Size < -1) {
		return bad("a grant with the number %d and the size %d", e.Grant.Number, e.Grant.Size)
	}
	if r := e.Refusal; r != nil {
		if _, known := r.Code.Row(); !known {
			return bad("the refusal code %q", r.Code)
		}
	}
	return nil
}

// CheckOrder reports events that a dialogue gave behind one that asks, though it does not go on hearing while answers are
// owed.
func CheckOrder(ev []sdk.Event, pipelined bool) error {
	for i := 0; i < len(ev)-1; i++ {
		if k := ev[i].Kind; k.Asks() && !pipelined {
			return bad("the event %s after %s, which asks", ev[i+1].Kind, k)
		}
	}
	return nil
}

// missing reports whether an event lacks the message that its kind is about.
func missing(e *sdk.Event) bool {
	switch e.Kind {
	case sdk.KindHello:
		return e.Hello == nil
	case sdk.KindWelcome:
		return e.Welcome == nil
	case sdk.KindRequest:
		return e.Request == nil
	case sdk.KindGrant:
		return e.Grant == nil
	case sdk.KindReply:
		return e.Reply == nil
	case sdk.KindRefuse, sdk.KindDamaged, sdk.KindStop, sdk.KindFault:
		return e.Refusal == nil
	}
	return false
}

var actions = []sdk.Action{sdk.ActionCreate, sdk.ActionRead, sdk.ActionMessage, sdk.ActionList, sdk.ActionStat, sdk.ActionSetstat,
	sdk.ActionStatvfs, sdk.ActionRename, sdk.ActionRemove, sdk.ActionMkdir}

func checkRequest(q *sdk.Request) error {
	const allModes = sdk.ModeExclusive | sdk.ModeReplace | sdk.ModeKeep | sdk.ModeAppend
	switch {
	case !slices.Contains(actions, q.Action):
		return bad("the action %q", q.Action)
	case q.Kind != sdk.RequestFile && q.Kind != sdk.RequestMessage && q.Kind != sdk.RequestAcknowledgement:
		return bad("a request about %q", q.Kind)
	case q.Number < 0 || q.Size < -1 || q.SizeUnit < 0:
		return bad("a request with the number %d, the size %d and its unit %d", q.Number, q.Size, q.SizeUnit)
	case q.Priority < 0 || q.Priority > 2:
		return bad("the priority %d", q.Priority)
	case q.Mode > allModes:
		return bad("the mode %d", q.Mode)
	}
	return nil
}
