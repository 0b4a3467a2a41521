package session

import (
	"context"
	"fmt"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// fetches reports whether the peer says which bytes of the file it wants. Its entry is begun only when it is settled:
// until then a crash leaves it as it was, and so does a peer that opens a file and reads nothing.
func (t *transfer) fetches() bool { return t.named != nil && t.direction == sdk.Send }

// openFetch begins to read what the peer will want.
func (s *Session) openFetch(ctx context.Context, t *transfer) {
	f, err := s.x.NewFetch(t.ref, stream.FetcherOptions{Reader: t.reader, Digest: t.flow.Digest, Filters: streamed(t.filters),
		Pool: s.house.Pool, Bug: s.bugs(t)})
	if err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
		return
	}
	if t.found == isRestarted && t.entry.Point.Number == 0 {
		f.Had(t.entry.Point.FileOffset)
	}
	t.fetch, t.taken = f, t.filters != nil
}

// readSoFar is what an interrupted fetch leaves in its entry, so that a peer that goes on need not read again what it
// has: how far the file went out without a hole. It is no point that another protocol could restart from, and has no number.
func (t *transfer) readSoFar() *catalog.Point {
	if t.fetch == nil || t.entry.Point.Number != 0 {
		return nil
	}
	return &catalog.Point{FileOffset: t.fetch.Prefix()}
}

// fetch takes what the peer says about a file that it reads by parts.
func (s *Session) fetch(ctx context.Context, t *transfer, e *sdk.Event) {
	switch {
	case t.at == finishing:
		s.violation(e.Kind.String() + " after the end")
	case e.Kind == sdk.KindWant:
		if err := t.fetch.Want(e); err != nil {
			r := sdk.ToRefusal(err, sdk.DataIO)
			s.refusedTransfer(t, sdk.PhaseData, r)
			s.stop(ctx, t, r, false)
			return
		}
		s.pump(ctx, t)
	case e.Kind == sdk.KindFinish:
		s.fetchedAll(ctx, t)
	default:
		s.violation(e.Kind.String() + " while reading")
	}
}

// pumpFetch says the parts that were read, and ends a transfer whose digest is complete.
func (s *Session) pumpFetch(ctx context.Context, t *transfer) {
	if err := t.fetch.Pump(); err != nil {
		s.stop(ctx, t, sdk.ToRefusal(err, sdk.DataIO), false)
		return
	}
	if t.at != finishing {
		return
	}
	total, ok, err := t.fetch.Settled()
	switch {
	case err != nil:
		s.fail(ctx, t, sdk.ToRefusal(err, sdk.DataIO))
	case ok:
		s.concludeFetch(ctx, t, total)
	}
}

// fetchedAll decides what a file is that the peer has closed: delivered, where every byte went out at least once,
// in this attempt or an earlier one.
func (s *Session) fetchedAll(ctx context.Context, t *transfer) {
	if t.fetch.Whole() && t.fetch.Asked() {
		t.at = finishing
		t.fetch.Settle()
		return
	}
	s.interrupt(ctx, t, sdk.Refuse(sdk.PeerStopped, "closed after %s", t.fetched()), false)
	s.say(sdk.Message{Kind: sdk.KindFinished, Ref: t.ref})
}

// fetched says how much of a file the peer has read.
func (t *transfer) fetched() string {
	if size := t.fetch.Size(); size >= 0 {
		return fmt.Sprintf("%d of %d bytes", t.fetch.Sent(), size)
	}
	return fmt.Sprintf("%d bytes, before the end of what the filters give", t.fetch.Sent())
}

// concludeFetch writes the good end of a file that was read whole.
func (s *Session) concludeFetch(ctx context.Context, t *transfer, total stream.Totals) {
	t.closeStreams()
	if err := t.closeFile(); err != nil {
		s.fail(ctx, t, sdk.ToRefusal(err, sdk.DataIO))
		return
	}
	if err := s.house.Catalog.Begin(ctx, t.lease()); err != nil {
		s.fail(ctx, t, catalogRefusal(err))
		return
	}
	t.begun = true
	s.conclude(ctx, t, catalog.Outcome{Bytes: total.File, SHA256: total.SHA256, WireSHA256: total.WireSHA256,
		Decisions: t.decisions, Notify: s.snap.Notify})
	if t.at == ended && !t.entry.Published && t.own == nil && t.flow.DeleteSent {
		s.removeSent(t)
	}
}

// unread reports whether a file that is settled early was not read at all: it is then as if it had never been opened.
func (s *Session) unread(ctx context.Context, t *transfer, why *sdk.Refusal) bool {
	if !t.fetches() || t.begun {
		return false
	}
	if t.fetch != nil && (t.fetch.Gave() || why.Exit != "") { // what a filter has against it is for the entry to tell
		if err := s.house.Catalog.Begin(ctx, t.lease()); err != nil {
			s.log("beginning not noted", "transfer", t.entry.ID, "error", err)
		}
		t.begun = true
		return false
	}
	t.closeStreams()
	t.at = granted
	s.abandon(ctx, t)
	s.unpaced()
	s.observeTransfer(t, sdk.Observation{What: sdk.TransferInterrupted, Phase: sdk.PhaseData, Refusal: why,
		Duration: s.house.Now().Sub(t.began)})
	s.phaseOf(t, sdk.PhaseData, why)
	t.answer(nil)
	return true
}
