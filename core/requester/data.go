package requester

import (
	"context"
	"errors"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// move is phase 4: bytes, sync points, resynchronisation, and the end. It returns when the server said that the transfer
// is over, when it stopped early, or when the call ended.
func (t *transfer) move(ctx context.Context) error {
	t.call.x.Arm(sdk.TimerOfMessage, t.call.o.Timeouts.Message)
	for t.at != ended && t.at != stopped {
		if err := t.happened(ctx, t.call.next(ctx)); err != nil {
			return err
		}
		t.tell()
	}
	return t.why
}

// happened takes one occurrence of the data phase.
func (t *transfer) happened(ctx context.Context, o exchange.Occurrence) error {
	switch o.What {
	case exchange.Heard:
		if o.Event.Ref == t.ref {
			return t.heard(o.Event)
		}
	case exchange.Drained:
		return t.pump()
	case exchange.Noticed:
		return t.noticed(o.Notice)
	case exchange.Expired:
		if t.at == closing || t.call.x.Paused() { // the server waits for us
			t.call.x.Arm(sdk.TimerOfMessage, t.call.o.Timeouts.Message)
			return nil
		}
	case exchange.Cancelled:
		if err := t.call.cancelled(ctx, o.Err); err != nil {
			return err
		}
		return t.stop(t.call.halted(), true)
	}
	return t.call.elsewhere(ctx, o)
}

// heard takes what the server says about the file.
func (t *transfer) heard(e *sdk.Event) error {
	if t.at == stopping {
		return t.whileStopping(e)
	}
	switch e.Kind {
	case sdk.KindData, sdk.KindSync, sdk.KindEnd:
		if t.inlet == nil || t.at != moving {
			return t.call.violation("%s at this moment", e.Kind)
		}
		return t.received(e)
	case sdk.KindSynced:
		return t.synced(e.Point)
	case sdk.KindRewind:
		return t.rewind(e)
	case sdk.KindRewound:
		return t.rewound(e)
	case sdk.KindDamaged:
		return t.damaged(e)
	case sdk.KindStop:
		return t.peerStopped(e)
	case sdk.KindFinished, sdk.KindRefuse:
		if t.at != finishing {
			return t.call.violation("%s at this moment", e.Kind)
		}
		return t.concluded(e)
	}
	return t.call.unasked(e)
}

// noticed takes what the disk has to say.
func (t *transfer) noticed(n exchange.Notice) error {
	switch n := n.(type) {
	case exchange.DiskNews:
		if n.Of(t.inlet) {
			return t.signalled(n.Signal)
		}
	case exchange.Piece:
		if !n.Of(t.outlet) {
			n.Release()
			return nil
		}
		t.outlet.Take(n)
		return t.pump()
	}
	return nil
}

// pump says as much of the file as the server, its window and the output allow, and Finish behind its end.
func (t *transfer) pump() error {
	if t.outlet == nil || t.at != moving {
		return nil
	}
	err := t.outlet.Pump()
	if err != nil {
		return t.stop(err, true)
	}
	if !t.outlet.Ended() {
		return nil
	}
	total := t.outlet.Totals()
	t.wire = total.Wire
	t.result.Bytes, t.result.Records, t.result.SHA256 = total.File, total.Records, total.SHA256
	return t.sayFinish(sdk.Counts{Bytes: total.Wire, Records: total.Records, Known: true})
}

// sayFinish tells the server that the transfer is over.
func (t *transfer) sayFinish(counts sdk.Counts) error {
	t.at = finishing
	t.call.x.Arm(sdk.TimerOfMessage, t.call.o.Timeouts.Message)
	return t.call.say(sdk.Message{Kind: sdk.KindFinish, Ref: t.ref, Counts: counts})
}

// synced notes the points that the server has.
func (t *transfer) synced(point int64) error {
	if t.outlet == nil {
		return nil
	}
	m, ok, err := t.outlet.Acked(point)
	if err != nil && t.at == moving {
		return t.stop(err, true)
	}
	if ok {
		t.acked, t.safe = m.Point, m.File
	}
	return t.pump()
}

// received takes the data of a file that we fetch.
func (t *transfer) received(e *sdk.Event) error {
	var err error
	switch e.Kind {
	case sdk.KindData:
		t.moved += int64(len(e.Bytes))
		err = t.inlet.Data(e)
	case sdk.KindSync:
		err = t.inlet.Sync(e)
	case sdk.KindEnd:
		t.call.x.Receiving(false)
		if e.Refusal != nil {
			return t.stop(byPeer(e.Refusal), true)
		}
		t.at = closing
		t.inlet.Finish()
	}
	if err != nil {
		return t.stop(err, true)
	}
	return nil
}

// signalled takes what the disk says of a file that we fetch.
func (t *transfer) signalled(s stream.Signal) error {
	switch s.Kind {
	case stream.Durable:
		t.acked, t.safe = s.Mark.Point, s.Mark.File
		if t.at == moving || t.at == closing {
			return t.call.say(sdk.Message{Kind: sdk.KindSynced, Ref: t.ref, Point: s.Mark.Point})
		}
	case stream.Room:
		t.inlet.Room()
	case stream.Rewound:
		return t.back(s.Mark)
	case stream.Finished:
		if t.at == closing {
			return t.commit(s.Totals)
		}
	case stream.Failed:
		t.inlet.Room()
		return t.stop(s.Err, true)
	}
	return nil
}

// stop stops the transfer from our side; it has stopped when the server confirms. Once Finish was said it is too late:
// the answer to that is waited for.
func (t *transfer) stop(why error, restartable bool) error {
	switch t.at {
	case moving, closing:
	default:
		return nil
	}
	t.at, t.why, t.void = stopping, why, !restartable
	return t.call.say(sdk.Message{Kind: sdk.KindStop, Ref: t.ref, Refusal: sdk.ToRefusal(why, sdk.DataIO), Restartable: restartable})
}

// whileStopping waits for the server to confirm our stop. Its own stop, crossing ours, confirms it too.
func (t *transfer) whileStopping(e *sdk.Event) error {
	switch e.Kind {
	case sdk.KindStopped, sdk.KindStop:
		t.at = stopped
	case sdk.KindRewind, sdk.KindDamaged:
		return t.call.say(sdk.Message{Kind: sdk.KindStop, Ref: t.ref, Refusal: sdk.ToRefusal(t.why, sdk.DataIO), Restartable: !t.void})
	case sdk.KindFault, sdk.KindBye:
		return t.call.unasked(e)
	}
	return nil
}

// peerStopped takes the server's stop. One that may not be restarted is its last word.
func (t *transfer) peerStopped(e *sdk.Event) error {
	r := byPeer(e.Refusal)
	t.at, t.why = stopped, r
	if !e.Restartable {
		t.final, t.void = true, !r.Temporary
	}
	return nil
}

// concluded takes the server's answer to Finish.
func (t *transfer) concluded(e *sdk.Event) error {
	if e.Kind == sdk.KindRefuse {
		r := byPeer(e.Refusal)
		t.at, t.why = stopped, r
		if !r.Temporary {
			t.final, t.void = true, true
		}
		return nil
	}
	t.at = ended
	if !e.Agree && e.Counts.Known && t.request.Action == sdk.ActionCreate && e.Counts.Bytes < t.wire {
		t.void = true
		return sdk.Refuse(sdk.DataCount, "the server counts %d bytes of %d", e.Counts.Bytes, t.wire)
	}
	return nil
}

// IsNothing reports whether an error says that there was nothing to fetch.
func IsNothing(err error) bool {
	r, ok := sdk.AsRefusal(err)
	var i *Interrupted
	return ok && r.ByPeer && r.Code == sdk.FileMissing && !errors.As(err, &i)
}
