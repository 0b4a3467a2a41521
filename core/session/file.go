package session

import (
	"context"
	"errors"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// file is phase 3: the request is linked to a held or interrupted entry, or makes a new one. Everything that can refuse
// refuses before the entry is written; the grant is said afterwards. A refusal leaves no entry, and a held entry held.
func (s *Session) file(ctx context.Context, o exchange.Occurrence) {
	switch e := o.Event; e.Kind {
	case sdk.KindRequest:
		s.request(ctx, e)
	case sdk.KindBegin:
		s.start(ctx, e)
	case sdk.KindLeave:
		s.deselect(ctx, e)
	}
}

// request answers a request for a file or a message.
func (s *Session) request(ctx context.Context, e *sdk.Event) {
	switch {
	case s.partner == nil || e.Request == nil:
		s.violation("a request before the greeting")
		return
	case s.open[e.Ref] != nil || s.listings[e.Ref] != nil:
		s.violation("a second request for one file")
		return
	}
	s.await()
	t := &transfer{ref: e.Ref, request: *e.Request, asked: s.house.Now()}
	if s.x.Pipelines() {
		n := s.nameOf(e.Request.File)
		t.named = &n
	}
	if browsing(e.Request.Action) && t.named != nil {
		s.browse(ctx, t, e.Refusal)
		return
	}
	if e.Request.Action == sdk.ActionMessage && e.Refusal == nil {
		s.message(ctx, t)
		return
	}
	if refusal := s.judge(ctx, t, e.Refusal); refusal != nil {
		s.refuseRequest(ctx, t, refusal)
		return
	}
	t.at = granted
	s.open[t.ref] = t
	s.phaseOf(t, sdk.PhaseFile, nil)
	g := t.grant()
	if t.named != nil && t.direction == sdk.Send {
		g.Size = s.sizeSent(t.flow.ID, g.Size)
	}
	s.say(sdk.Message{Kind: sdk.KindGrant, Ref: t.ref, Grant: g})
}

// judge finds out whether a request for a file may go on; against is what the protocol itself has against it.
func (s *Session) judge(ctx context.Context, t *transfer, against *sdk.Refusal) *sdk.Refusal {
	switch t.request.Action {
	case sdk.ActionCreate:
		t.direction = sdk.Receive
	case sdk.ActionRead:
		t.direction = sdk.Send
	default:
		return sdk.Refuse(sdk.DirectionForbidden, "%s is not offered", t.request.Action)
	}
	if against != nil {
		return against
	}
	if t.direction == sdk.Receive {
		return s.admit(ctx, t)
	}
	return s.admitFetch(ctx, t)
}

// refuseRequest says no to a request; nothing of it stays.
func (s *Session) refuseRequest(ctx context.Context, t *transfer, r *sdk.Refusal) {
	s.undo(ctx, t)
	s.refusedTransfer(t, sdk.PhaseFile, r)
	s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Refusal: r})
	s.idle()
}

// admit walks the steps of the phase; the first refusal ends them.
func (s *Session) admit(ctx context.Context, t *transfer) *sdk.Refusal {
	for _, step := range []func(context.Context, *transfer) *sdk.Refusal{
		s.takeTransferSlot, s.link, s.resolve, s.authorize, s.suits, s.decidePlace, s.openFile, s.enter,
	} {
		if r := step(ctx, t); r != nil {
			return r
		}
	}
	return nil
}

// admitFetch is admit for a file that the peer fetches: a held entry that another session took meanwhile, whose file is
// gone, or that is refused while the peer asked with a mask, is passed over for the next one.
func (s *Session) admitFetch(ctx context.Context, t *transfer) *sdk.Refusal {
	masked := t.named == nil && naming.IsMask(t.request.File)
	skipped := len(s.skip)
	var first *sdk.Refusal
	for {
		r := s.admit(ctx, t)
		if r == nil {
			return nil
		}
		stale := errors.Is(r, catalog.ErrStale)
		lost := r.Code == sdk.FileMissing // the file that was offered is not there any more
		if t.found != isHeld || !stale && !masked && !lost || len(s.skip)-skipped > 1000 {
			if first != nil && r.Code == sdk.FileMissing {
				return first // nothing is left after the one that was refused
			}
			return r
		}
		if !stale {
			s.refusedTransfer(t, sdk.PhaseFile, r)
			s.skip = append(s.skip, t.entry.ID)
			if first == nil {
				first = r
			}
		}
		s.undo(ctx, t)
		*t = transfer{ref: t.ref, request: t.request, asked: t.asked, direction: t.direction, named: t.named}
	}
}

// takeTransferSlot takes one of the partner's transfers and one of the server's (MAXTRANS).
func (s *Session) takeTransferSlot(_ context.Context, t *transfer) *sdk.Refusal {
	if s.draining {
		return sdk.Refuse(sdk.ServerStopping, "a request during shutdown")
	}
	if !s.may(t.direction) {
		return sdk.Refuse(sdk.DirectionForbidden, "the session was opened for %s access", s.facts.Claim.Access)
	}
	own, ok := s.house.Limits.Moving.Take(s.partner.ID, s.partner.MaxTransfers)
	if !ok {
		return sdk.Refuse(sdk.LimitTransfers, "partner %s has its %s", s.partner.ID, count.Of(s.partner.MaxTransfers, "transfer")).
			By(sdk.RuleOf("partners", s.partner.ID, "max_transfers"))
	}
	release, ok := s.house.Limits.Transfers.Take()
	if !ok {
		own()
		return sdk.Refuse(sdk.LimitTransfers, "the server has its %s", count.Of(s.house.Limits.Transfers.Count(), "transfer")).By("limits.max_transfers")
	}
	t.release = func() {
		own()
		release()
	}
	return nil
}

// resolve finds the flow. The default is the flow that bears the file's name, then the partner's default flow.
func (s *Session) resolve(ctx context.Context, t *transfer) *sdk.Refusal {
	name := s.flowName(t)
	if name != "" {
		t.facts.Flow = &sdk.Flow{ID: name}
	}
	labels, priority := s.partner.Labels, t.request.Priority
	set, r := s.askFor(ctx, t, sdk.PointResolve)
	if r != nil {
		return r
	}
	if set.Labels != nil {
		labels = set.Labels
	}
	if set.Priority != nil {
		priority = *set.Priority
	}
	if t.facts.Flow != nil {
		name = t.facts.Flow.ID
	}
	flow, ok := s.snap.Flows[name]
	switch {
	case name == "" && t.direction == sdk.Send:
		return sdk.Refuse(sdk.FileMissing, "nothing is held for %s that matches %q", s.partner.ID, t.request.File)
	case !ok && t.direction == sdk.Send && t.found == isNew:
		return sdk.Refuse(sdk.FileMissing, "nothing is held, and no flow is called %q", name).By("flows")
	case !ok:
		return sdk.Refuse(sdk.FlowUnknown, "no flow is called %q", name).By("flows")
	case t.found == isNew && t.direction == sdk.Send && !flow.Publish && t.own == nil && !browsing(t.request.Action):
		return sdk.Refuse(sdk.FileMissing, "nothing is held for %s in flow %s", s.partner.ID, flow.ID).By(flow.rule("publish"))
	}
	t.flow = flow
	t.facts.Flow = &flow.Flow
	if t.found == isNew {
		t.entry.Labels, t.entry.Priority = labels, priority
	} else {
		t.labels, t.priority = set.Labels, set.Priority
	}
	t.place.attributes = set.PathVars
	return nil
}

// flowName is the flow before any exit was asked.
func (s *Session) flowName(t *transfer) string {
	switch {
	case t.found != isNew:
		return t.entry.Flow
	case t.named != nil:
		return t.named.flow
	case naming.IsMask(t.request.File):
		return ""
	}
	if _, ok := s.snap.Flows[t.request.File]; ok {
		return t.request.File
	}
	if s.partner.DefaultFlow != "" {
		return s.partner.DefaultFlow
	}
	return t.request.File
}

// authorize asks whether this partner may send or fetch this flow.
func (s *Session) authorize(ctx context.Context, t *transfer) *sdk.Refusal {
	_, r := s.askFor(ctx, t, sdk.PointAuthorize)
	return r
}

// enter writes the catalog's entry: the last step before the grant is said.
func (s *Session) enter(ctx context.Context, t *transfer) *sdk.Refusal {
	if t.found != isNew {
		t.decisions = append(t.decisions, s.taken(t))
	}
	grant := catalog.Grant{Key: t.key(s.partner.ID), Protocol: s.listener.ProtocolName, Session: s.id, Peer: s.peer.String(),
		Listener: s.listener.Name, Source: t.source(), Terms: s.terms, Labels: t.labels, Priority: t.priority, Decisions: s.soFar(t)}
	if t.entry.ID != "" {
		s.house.Registry.claims(s, t.entry.ID) // before the catalog: nobody may take it for an orphan
	}
	var err error
	switch t.found {
	case isRestarted:
		if t.lost {
			grant.Point = &catalog.Point{Backend: t.partState()}
		}
		t.entry, err = s.house.Catalog.Restart(ctx, t.entry, grant)
	case isHeld:
		t.entry, err = s.house.Catalog.Release(ctx, t.entry, grant)
	default:
		t.entry, err = s.house.Catalog.Create(ctx, s.newEntry(t, grant))
	}
	if err != nil {
		return catalogRefusal(err)
	}
	t.decisions = nil
	t.facts.Transfer = t.entry.ID
	t.at = granted
	s.house.Registry.holds(s, t.entry.ID)
	return nil
}

// deselect ends a file's place in the session.
func (s *Session) deselect(ctx context.Context, e *sdk.Event) {
	t := s.open[e.Ref]
	if t == nil {
		delete(s.listings, e.Ref)
		return
	}
	s.awaitAside(t)
	r := e.Refusal
	if r == nil {
		r = sdk.Refuse(sdk.PeerStopped, "the file was deselected before its end")
	}
	s.abandonOrInterrupt(ctx, t, r)
	s.drop(t)
	s.idle()
}
