package session

import (
	"context"
	"sync"

	"github.com/postern/postern/core/catalog"
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

// commit verifies the whole file, notes in the catalog how it ends, gives it its name, and only then tells the peer.
func (s *Session) commit(ctx context.Context, t *transfer, total stream.Totals) {
	t.whole = total
	if r := s.verify(ctx, t, total); r != nil {
		s.fail(ctx, t, r)
		return
	}
	t.closeStreams()
	outcome := catalog.Outcome{Bytes: total.File, Records: total.Records, SHA256: total.SHA256, WireSHA256: total.WireSHA256,
		Decisions: t.decisions, Notify: s.snap.Notify}
	defer flush(t.writer)()
	// The one commit of the catalog that the peer waits for: with it a file that has its name is never without its entry.
	if err := s.house.Catalog.Ending(ctx, t.lease(), outcome); err != nil {
		s.fail(ctx, t, catalogRefusal(err))
		return
	}
	var err error
	outcome.Path, err = t.writer.Commit(t.place.onExists)
	t.writer = nil
	if err != nil {
		s.fail(ctx, t, sdk.ToRefusal(err, sdk.DataIO))
		return
	}
	outcome.Stored = s.made(t, outcome.Path)
	s.conclude(ctx, t, outcome)
}

// flush has the file synced while the catalog commits; the rename waits for both. done returns when it is over.
func flush(w sdk.Writer) (done func()) {
	f, ok := w.(sdk.Flusher)
	if !ok {
		return func() {}
	}
	var wait sync.WaitGroup
	wait.Go(f.Flush)
	return wait.Wait
}

// conclude writes the good end of a transfer into the catalog and says it.
func (s *Session) conclude(ctx context.Context, t *transfer, o catalog.Outcome) {
	entry, err := s.house.Catalog.End(ctx, t.lease(), o)
	if err != nil {
		s.fail(ctx, t, catalogRefusal(err))
		return
	}
	t.entry, t.at = entry, ended
	s.moved++
	s.house.Registry.lets(s, t.entry.ID)
	t.giveBack()
	s.observeTransfer(t, sdk.Observation{What: sdk.TransferEnded, Phase: sdk.PhaseData, Bytes: o.Bytes, Records: o.Records,
		SHA256: o.SHA256, Path: entry.Path, Duration: s.house.Now().Sub(t.began)})
	s.phaseOf(t, sdk.PhaseData, nil)
	t.answer(errAlreadyEnded)
	s.renameEnded(ctx, t)
	s.say(sdk.Message{Kind: sdk.KindFinished, Ref: t.ref, Counts: t.counts})
}

// verify lets the verify exits read the finished file under its temporary name.
func (s *Session) verify(ctx context.Context, t *transfer, total stream.Totals) *sdk.Refusal {
	content, _ := sdk.As[sdk.PartReader](t.writer)
	t.facts.File = &sdk.FileFacts{Bytes: total.File, Records: total.Records, SHA256: total.SHA256,
		Duration: s.house.Now().Sub(t.began), Content: content}
	set, r := s.askFor(ctx, t, sdk.PointVerify)
	if r == nil {
		return nil
	}
	t.quarantine = set.Quarantine
	return r
}
