package session

import (
	"context"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// receive takes the data of a file that the peer gives us.
func (s *Session) receive(ctx context.Context, t *transfer, e *sdk.Event) {
	if t.at == finishing {
		s.violation(e.Kind.String() + " after the end")
		return
	}
	var err error
	switch {
	case t.named != nil && (e.Kind == sdk.KindData || e.Kind == sdk.KindSync):
		err = s.scatter(ctx, t, e)
	default:
		err = s.receiveInOrder(ctx, t, e)
	}
	if err != nil && t.at == moving {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
	}
}

// receiveInOrder does so for data that comes in the order of the file.
func (s *Session) receiveInOrder(ctx context.Context, t *transfer, e *sdk.Event) (err error) {
	switch e.Kind {
	case sdk.KindData:
		t.payload += int64(len(e.Bytes))
		err = t.inlet.Data(e)
	case sdk.KindSync:
		t.marked = e.Point
		t.heard.add(e.Point, s.house.Now())
		err = t.inlet.Sync(e)
	case sdk.KindEnd:
		t.ending, t.outcome = true, e.Refusal
		s.x.Receiving(s.receiving())
		s.unpaced()
	case sdk.KindFinish:
		s.finish(ctx, t, e)
	case sdk.KindRewind:
		t.ours = false // the peer's cancels ours
		err = s.rewindReceiver(t, e.Point)
	case sdk.KindRewound:
		err = s.rewindReceiver(t, e.Point)
	default:
		s.violation(e.Kind.String() + " while receiving")
	}
	return err
}

// finish begins the end of a receive: the counts must agree, then the disk has its turn.
func (s *Session) finish(ctx context.Context, t *transfer, e *sdk.Event) {
	var refusal *sdk.Refusal
	switch {
	case t.outcome != nil:
		refusal = t.outcome
	case !t.ending:
		refusal = sdk.Refuse(sdk.ProtocolViolation, "the transfer was ended before its data")
	case !e.Agree:
		refusal = sdk.Refuse(sdk.DataCount, "the other side counts %d bytes in %d records", e.Counts.Bytes, e.Counts.Records)
	}
	if refusal != nil {
		s.fail(ctx, t, refusal)
		return
	}
	t.at, t.counts = finishing, e.Counts
	if s.alone() {
		t.inlet.Alone()
	}
	t.inlet.Finish()
}

// fail refuses the end of a transfer and interrupts its entry.
func (s *Session) fail(ctx context.Context, t *transfer, r *sdk.Refusal) {
	s.refusedTransfer(t, sdk.PhaseData, r)
	said := r
	if r.ByPeer {
		said = sdk.Refuse(sdk.DataRejected, "the other side ended its data with an error")
	}
	s.interrupt(ctx, t, r, permanent(r) || t.keep || t.quarantine != nil)
	s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Refusal: said})
}

// rewindReceiver goes back to a point; the answer is said when the disk has followed.
func (s *Session) rewindReceiver(t *transfer, point int64) error {
	t.ending, t.outcome, t.going = false, nil, true
	s.x.PaceIn(s.rates.In())
	s.x.Receiving(true)
	return t.inlet.Rewind(point)
}

// signalled takes what the disk says.
func (s *Session) signalled(ctx context.Context, t *transfer, sig stream.Signal) {
	switch sig.Kind {
	case stream.Durable:
		s.durable(ctx, t, sig.Mark)
	case stream.Room:
		t.inlet.Room()
	case stream.Rewound:
		s.rewound(t, sig.Mark)
	case stream.Finished:
		if t.at == finishing {
			s.commit(ctx, t, sig.Totals)
		}
	case stream.Failed:
		s.diskFailed(ctx, t, sdk.ToRefusal(sig.Err, sdk.DataIO))
	}
}

// durable acknowledges a sync point.
func (s *Session) durable(ctx context.Context, t *transfer, m stream.Mark) {
	t.acked = m.Point
	s.observeTransfer(t, sdk.Observation{What: sdk.TransferSynced, Phase: sdk.PhaseData, SyncPoint: m.Point, Bytes: m.File,
		Duration: t.heard.upTo(m.Point, s.house.Now())})
	if t.at != moving && t.at != finishing {
		return
	}
	if t.named != nil {
		s.synced(t, m.Point)
	} else {
		s.say(sdk.Message{Kind: sdk.KindSynced, Ref: t.ref, Point: m.Point})
	}
	if s.draining && t.at == moving && !t.ending {
		s.stop(ctx, t, sdk.Refuse(sdk.ServerStopping, "stopped at sync point %d", m.Point), false)
	}
}

// rewound says that the file ends at a point again: the answer to the peer's Rewind, or the end of our own.
func (s *Session) rewound(t *transfer, m stream.Mark) {
	t.acked, t.marked, t.going, t.payload = m.Point, m.Point, false, m.Wire-t.from.Wire
	t.heard.forget()
	kind := sdk.KindRewound
	if t.ours {
		kind, t.ours = sdk.KindStart, false
	}
	s.say(sdk.Message{Kind: kind, Ref: t.ref, Point: m.Point, State: m.State})
}

// diskFailed stops a transfer whose file cannot be written.
func (s *Session) diskFailed(ctx context.Context, t *transfer, r *sdk.Refusal) {
	t.inlet.Room()
	switch t.at {
	case moving:
		s.stop(ctx, t, r, false)
	case finishing:
		s.fail(ctx, t, r)
	}
}
