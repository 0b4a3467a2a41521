package session

import (
	"context"
	"sync"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/decision"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// commit verifies the whole file, notes in the catalog how it ends, gives it its name, and only then tells the peer.
func (s *Session) commit(ctx context.Context, t *transfer, total stream.Totals) {
	t.whole = total
	content, _ := sdk.As[sdk.PartReader](t.writer)
	t.facts.File = &sdk.FileFacts{Bytes: total.File, Records: total.Records, SHA256: total.SHA256,
		Duration: s.house.Now().Sub(t.began), Content: content}
	scope := s.scopeOf(t)
	if !s.snap.Chain.Asks(sdk.PointVerify, &t.facts, scope) {
		s.seal(ctx, t, total)
		return
	}
	facts := t.facts
	s.aside(ctx, t, t.named == nil, func() func() {
		res, err := s.snap.Chain.Ask(ctx, sdk.PointVerify, &facts, scope)
		return func() { s.verified(ctx, t, total, res, err) }
	})
}

// verified takes what the verify exits said of the file under its temporary name.
func (s *Session) verified(ctx context.Context, t *transfer, total stream.Totals, res chain.Result, err error) {
	t.decisions = append(t.decisions, decision.Kept(s.house.Now(), res.Decisions)...)
	if err != nil {
		t.quarantine = res.Changes.Quarantine
		s.fail(ctx, t, sdk.ToRefusal(err, sdk.ExitFailed))
		return
	}
	t.facts = *res.Facts
	s.seal(ctx, t, total)
}

// seal ends a file that nobody has anything against. What has begun is finished even if the server stops meanwhile.
func (s *Session) seal(ctx context.Context, t *transfer, total stream.Totals) {
	t.closeStreams()
	ctx = context.WithoutCancel(ctx)
	outcome := catalog.Outcome{Bytes: total.File, Records: total.Records, SHA256: total.SHA256, WireSHA256: total.WireSHA256,
		Decisions: t.decisions, Notify: s.snap.Notify}
	writer, lease := t.writer, t.lease()
	s.aside(ctx, t, s.brief(t), func() func() {
		defer flush(writer)()
		// The one commit of the catalog that the peer waits for: with it a file that has its name is never without its entry.
		if err := s.house.Catalog.Ending(ctx, lease, outcome); err != nil {
			return func() { s.fail(ctx, t, catalogRefusal(err)) }
		}
		path, err := writer.Commit(t.place.onExists)
		if err != nil {
			return func() {
				t.writer = nil
				s.fail(ctx, t, sdk.ToRefusal(err, sdk.DataIO))
			}
		}
		outcome.Path, outcome.Stored = path, s.made(t, writer, path)
		return func() {
			t.writer = nil
			s.conclude(ctx, t, outcome)
		}
	})
}

// flush has the file synced while the catalog commits; the rename waits for both. done returns when it is over, and has its
// panic, if there was one: the goroutine of the end knows what to do with it.
func flush(w sdk.Writer) (done func()) {
	f, ok := w.(sdk.Flusher)
	if !ok {
		return func() {}
	}
	var wait sync.WaitGroup
	var bug any
	wait.Go(func() {
		defer func() { bug = recover() }()
		f.Flush()
	})
	return func() {
		if wait.Wait(); bug != nil {
			panic(bug)
		}
	}
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
