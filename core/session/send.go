package session

import (
	"context"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// send takes what the peer says about a file that we give it.
func (s *Session) send(ctx context.Context, t *transfer, e *sdk.Event) {
	switch e.Kind {
	case sdk.KindSynced:
		t.blocked = false
		if m, ok := t.sender.Acked(e.Point); ok {
			t.acked = m.Point
			t.saver.acked(pointOf(m))
			s.observeTransfer(t, sdk.Observation{What: sdk.TransferSynced, Phase: sdk.PhaseData, SyncPoint: m.Point, Bytes: m.File})
			if s.draining && !t.ending {
				s.stop(ctx, t, sdk.Refuse(sdk.ServerStopping, "stopped at sync point %d", m.Point), false)
				return
			}
		}
		s.pump(ctx, t)
	case sdk.KindRewind:
		s.rewindSender(ctx, t, e.Point)
	case sdk.KindRewound:
		s.violation("an answer to a resynchronisation that nobody asked for")
	case sdk.KindFinish:
		s.delivered(ctx, t, e)
	default:
		s.violation(e.Kind.String() + " while sending")
	}
}

// pump says as much of the file as the peer, the window and the output allow.
func (s *Session) pump(ctx context.Context, t *transfer) {
	for t.at == moving && t.chunk != nil && !t.blocked && s.x.Ready() {
		if t.pointDue {
			if !s.point(t) {
				return
			}
			continue
		}
		if t.chunk.Err != nil {
			s.stop(ctx, t, sdk.ToRefusal(t.chunk.Err, sdk.DataIO), false)
			return
		}
		b, recordEnd, ok := t.chunk.Next()
		if !ok {
			s.nextChunk(t)
			continue
		}
		if !s.piece(ctx, t, b, recordEnd) {
			return
		}
	}
}

// piece says one piece of the chunk; false: stop pumping.
func (s *Session) piece(ctx context.Context, t *transfer, b []byte, recordEnd bool) bool {
	m := sdk.Message{Kind: sdk.KindData, Ref: t.ref, At: -1, Bytes: b, RecordEnd: recordEnd}
	var said sdk.Said
	var err error
	if t.framed {
		t.chunk.hold()
		said, err = s.x.SayFramed(m, t.chunk.release)
		if said.Used == 0 {
			t.chunk.release()
		}
	} else {
		said, err = s.x.Say(m)
	}
	if err == nil {
		err = t.sender.Taken(t.chunk.Chunk, said.Used)
	}
	if err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
		return false
	}
	t.blocked, t.pointDue = said.Next == sdk.Blocked, said.Next == sdk.PointDue
	return said.Used > 0 || t.pointDue
}

// point says a sync point behind everything said so far.
func (s *Session) point(t *transfer) bool {
	t.pointDue = false
	said, err := s.x.Say(sdk.Message{Kind: sdk.KindSync, Ref: t.ref})
	if err == nil {
		err = t.sender.Mark(said.Point, said.State)
	}
	if err != nil {
		s.violation(err.Error())
		return false
	}
	if m, ok := t.sender.At(said.Point); ok {
		t.saver.said(pointOf(m))
	}
	t.blocked = said.Next == sdk.Blocked
	return true
}

// nextChunk gives a chunk back that was said whole, and lets the next one come; after the last one the data ends.
func (s *Session) nextChunk(t *transfer) {
	last := t.chunk.Last
	t.chunk.release()
	t.chunk = nil
	<-t.turn
	if last {
		t.ending = true
		s.say(sdk.Message{Kind: sdk.KindEnd, Ref: t.ref})
	}
}

// rewindSender goes back to a point that the peer still knows.
func (s *Session) rewindSender(ctx context.Context, t *transfer, point int64) {
	m, ok := t.sender.At(point)
	t.rewinds++
	if !ok && point != 0 || t.rewinds > maxRewinds {
		s.stop(ctx, t, sdk.Refuse(sdk.RestartPoint, "resynchronisation %d asks for point %d", t.rewinds, point), false)
		return
	}
	s.stopForwarding(t)
	if err := t.sender.Rewind(m); err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
		return
	}
	t.saver.rewound(pointOf(m))
	t.blocked, t.pointDue, t.ending = false, false, false
	s.say(sdk.Message{Kind: sdk.KindRewound, Ref: t.ref, Point: m.Point, State: m.State})
	s.forwardChunks(t)
}

// stopForwarding ends the forwarder of the chunks read so far; those it has posted already are dropped when noticed.
func (s *Session) stopForwarding(t *transfer) {
	if t.quit != nil {
		close(t.quit)
	}
	t.forward.Wait()
	if t.chunk != nil {
		t.chunk.release()
		t.chunk = nil
	}
	t.round++
	t.quit, t.turn = make(chan struct{}), make(chan struct{}, 1)
}

// delivered ends a send: the peer has the whole file.
func (s *Session) delivered(ctx context.Context, t *transfer, e *sdk.Event) {
	if !t.ending {
		s.fail(ctx, t, sdk.Refuse(sdk.ProtocolViolation, "the transfer was ended before its data"))
		return
	}
	if !e.Agree {
		s.fail(ctx, t, sdk.Refuse(sdk.DataCount, "the other side counts %d bytes in %d records", e.Counts.Bytes, e.Counts.Records))
		return
	}
	total := t.sender.Totals()
	t.counts = e.Counts
	t.closeStreams()
	if err := t.closeFile(); err != nil {
		s.fail(ctx, t, sdk.ToRefusal(err, sdk.DataIO))
		return
	}
	s.conclude(ctx, t, catalog.Outcome{Bytes: total.File, Records: total.Records, SHA256: total.SHA256,
		WireSHA256: total.WireSHA256, Decisions: t.decisions, Notify: s.house.Notify})
	if t.at == ended && t.flow.DeleteSent && !t.entry.Published {
		s.removeSent(t)
	}
}

// removeSent deletes a file that its flow does not keep after it was fetched.
func (s *Session) removeSent(t *transfer) {
	r, ok := t.backend.(sdk.Remover)
	if !ok {
		return
	}
	if err := r.Remove(t.place.path); err != nil {
		s.refusedTransfer(t, sdk.PhaseData, sdk.Refuse(sdk.DataIO, "delete %s after it was sent", t.place.path).Because(err))
	}
}
