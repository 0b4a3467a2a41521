package session

import (
	"context"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// send takes what the peer says about a file that we give it.
func (s *Session) send(ctx context.Context, t *transfer, e *sdk.Event) {
	if t.fetch != nil {
		s.fetch(ctx, t, e)
		return
	}
	switch e.Kind {
	case sdk.KindSynced:
		m, ok, err := t.outlet.Acked(e.Point)
		if err != nil {
			s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
			return
		}
		if ok {
			t.acked = m.Point
			s.observeTransfer(t, sdk.Observation{What: sdk.TransferSynced, Phase: sdk.PhaseData, SyncPoint: m.Point, Bytes: m.File})
			if s.draining && !t.outlet.Ended() {
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

// pump says as much of the file as the peer, its window and the output allow.
func (s *Session) pump(ctx context.Context, t *transfer) {
	if t.fetch != nil && (t.at == moving || t.at == finishing) {
		s.pumpFetch(ctx, t)
		return
	}
	if t.outlet == nil || t.at != moving {
		return
	}
	if err := t.outlet.Pump(); err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
	}
}

// rewindSender goes back to a point that the peer still knows.
func (s *Session) rewindSender(ctx context.Context, t *transfer, point int64) {
	m, ok := t.outlet.At(point)
	t.rewinds++
	if !ok && point != 0 || t.rewinds > maxRewinds {
		s.stop(ctx, t, sdk.Refuse(sdk.RestartPoint, "resynchronisation %d asks for point %d", t.rewinds, point), false)
		return
	}
	if err := t.outlet.Rewind(m); err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
		return
	}
	s.say(sdk.Message{Kind: sdk.KindRewound, Ref: t.ref, Point: m.Point, State: m.State})
}

// delivered ends a send: the peer has the whole file.
func (s *Session) delivered(ctx context.Context, t *transfer, e *sdk.Event) {
	if !t.outlet.Ended() {
		s.fail(ctx, t, sdk.Refuse(sdk.ProtocolViolation, "the transfer was ended before its data"))
		return
	}
	if !e.Agree {
		s.fail(ctx, t, sdk.Refuse(sdk.DataCount, "the other side counts %d bytes in %d records", e.Counts.Bytes, e.Counts.Records))
		return
	}
	total := t.outlet.Totals()
	t.counts = e.Counts
	source := t.source()
	t.closeStreams()
	if err := t.closeFile(); err != nil {
		s.fail(ctx, t, sdk.ToRefusal(err, sdk.DataIO))
		return
	}
	s.conclude(ctx, t, catalog.Outcome{Bytes: total.File, Records: total.Records, SHA256: total.SHA256,
		WireSHA256: total.WireSHA256, Decisions: t.decisions, Notify: s.snap.Notify})
	switch {
	case t.at != ended:
	case t.entry.Published:
		s.fetched[t.stored()] = source
	case t.flow.DeleteSent:
		s.removeSent(t)
	}
}

// removeSent deletes a file that its flow does not keep after it was fetched.
func (s *Session) removeSent(t *transfer) {
	r, ok := sdk.As[sdk.Remover](t.backend)
	if !ok {
		return
	}
	if err := r.Remove(t.place.path); err != nil {
		s.refusedTransfer(t, sdk.PhaseData, sdk.Refuse(sdk.DataIO, "delete %s after it was sent", t.place.path).Because(err))
	}
}
