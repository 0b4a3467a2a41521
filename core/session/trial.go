package session

import (
	"context"
	"net/netip"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// TrialSession is the beginning of the session that exits see in a dry run; the sessions of calls never begin like it.
const TrialSession = "test-"

// Trial is a call with one request that is only tried.
type Trial struct {
	Peer      netip.AddrPort
	At        time.Time // the moment of the call
	Claim     sdk.Claim
	Direction sdk.Direction
	Request   sdk.Request // its action follows from the direction
}

// Tried is what came of a trial, the phases in their order. From the first refusal on nothing is known of the others.
type Tried struct {
	Call, Negotiation, File TriedPhase
	Partner                 *sdk.Partner // nil: nobody was identified
	Flow                    *sdk.Flow    // nil: none was found
	Entry                   string       // of a held file that would be released
	Path, Backend           string
	OnExists                sdk.OnExists
	Size                    int64     // of a file that would be sent
	Terms                   sdk.Terms // as they would be agreed on with a peer that proposes what the listener allows
	// Unasked are the exits of this transfer that need its bytes, or its end.
	Unasked map[sdk.Point][]string
}

// TriedPhase is one phase of a trial.
type TriedPhase struct {
	Reached   bool
	Refusal   *sdk.Refusal // nil: it passes
	Place     string       // of the refusal's rule in the configuration
	Decisions []catalog.Decision
}

// Refused gives the phase that refuses; 0 when none does.
func (t *Tried) Refused() (sdk.Phase, TriedPhase) {
	for _, x := range []struct {
		sdk.Phase
		TriedPhase
	}{{sdk.PhaseCall, t.Call}, {sdk.PhaseNegotiation, t.Negotiation}, {sdk.PhaseFile, t.File}} {
		if x.Refusal != nil {
			return x.Phase, x.TriedPhase
		}
	}
	return 0, TriedPhase{}
}

// Try walks the first three phases as a call would, without a connection: the exits of the snapshot of now are asked, the
// limits, the catalog and the backend looked at. It writes nothing, takes nothing and tells no observer. Exits see a
// session that begins with [TrialSession].
func Try(ctx context.Context, h *House, l *Listener, t Trial) (Tried, error) {
	id, err := h.newID()
	if err != nil {
		return Tried{}, err
	}
	house := *h
	house.Observer, house.Throttle, house.Log = nil, nil, nil
	house.Limits, house.Registry = h.Limits.Copy(), &Registry{}
	house.Catalog = lookedAt{Linker: h.Catalog}
	house.Now = func() time.Time { return t.At }
	s := &Session{id: TrialSession + id, house: &house, snap: h.Snapshot(), listener: l, peer: t.Peer, open: map[uint32]*transfer{},
		fetched: map[[2]string]catalog.Source{}, began: t.At, since: t.At}
	defer s.snap.Release()
	s.scope = chain.Scope{Listener: l.Name, Quiet: true}
	var out Tried
	if out.Call = s.tryCall(ctx, h); out.Call.Refusal != nil {
		return out, nil
	}
	out.Negotiation = s.tryNegotiation(ctx, t.Claim)
	out.Partner, out.Terms = s.facts.Partner, s.facts.Terms
	if out.Negotiation.Refusal == nil {
		s.tryFile(ctx, t, &out)
	}
	return out, nil
}

// lookedAt is a catalog of which only the reading is there: what a trial never does cannot be done.
type lookedAt struct {
	catalog.Catalog
	catalog.Linker
}

// Held and Restartable are those of the catalog that is looked at.
func (l lookedAt) Held(ctx context.Context, w catalog.Wanted) (catalog.Entry, error) {
	return l.Linker.Held(ctx, w)
}

// Restartable finds an interrupted entry.
func (l lookedAt) Restartable(ctx context.Context, key catalog.RestartKey) (catalog.Entry, error) {
	return l.Linker.Restartable(ctx, key)
}

// tried ends a phase.
func (s *Session) tried(r *sdk.Refusal, d []catalog.Decision) TriedPhase {
	p := TriedPhase{Reached: true, Refusal: r, Decisions: d}
	if r != nil {
		p.Place = s.snap.Chain.Place(r.Rule)
	}
	return p
}

// tryCall is phase 1. A ban is that of the real house.
func (s *Session) tryCall(ctx context.Context, real *House) TriedPhase {
	s.facts = sdk.Facts{Time: s.began, Session: s.id, Call: &sdk.CallFacts{Listener: s.listener.Name, Protocol: s.listener.ProtocolName,
		Peer: s.peer, Sessions: s.house.Limits.Sessions.Count() + 1, Running: s.house.Limits.Transfers.Count()}}
	var r *sdk.Refusal
	if b, banned := real.Throttle.Banned(s.peer.Addr()); banned {
		r = bannedUntil(b)
	}
	if r == nil {
		r = s.takeSlots()
	}
	if r == nil {
		r = s.ask(ctx, sdk.PointAccept, &s.facts)
	}
	return s.tried(r, s.decisions)
}

// tryNegotiation is phase 2, with a peer that proposes the widest terms that the listener accepts.
func (s *Session) tryNegotiation(ctx context.Context, claim sdk.Claim) TriedPhase {
	before := len(s.decisions)
	s.facts.Claim, s.facts.Proposed = &claim, s.listener.Terms
	r := s.identify(ctx)
	if r == nil {
		r = s.negotiate(ctx, &sdk.Hello{Claim: claim, Terms: s.listener.Terms})
	}
	if r == nil {
		s.partner, s.terms = s.facts.Partner, s.facts.Terms
	}
	return s.tried(r, s.decisions[before:])
}

// tryFile is phase 3 up to the moment at which something would be written.
func (s *Session) tryFile(ctx context.Context, trial Trial, out *Tried) {
	t := &transfer{request: trial.Request, direction: trial.Direction, asked: trial.At}
	t.request.Action = map[sdk.Direction]sdk.Action{sdk.Receive: sdk.ActionCreate, sdk.Send: sdk.ActionRead}[trial.Direction]
	defer func() { _ = t.closeFile() }() // a file that was only opened to be read
	var r *sdk.Refusal
	for _, step := range []func(context.Context, *transfer) *sdk.Refusal{s.takeTransferSlot, s.link, s.resolve, s.authorize,
		s.decidePlace, s.probe} {
		if r = step(ctx, t); r != nil {
			break
		}
	}
	out.File = s.tried(r, t.decisions)
	out.Path, out.Backend, out.OnExists = t.place.path, t.place.backend, t.place.onExists
	if t.found != isNew {
		out.Entry = t.entry.ID
	}
	if t.flow == nil {
		return
	}
	out.Flow, out.Size = &t.flow.Flow, t.source().Size
	scope := s.scope
	scope.Flow = t.flow.ID
	out.Unasked = map[sdk.Point][]string{}
	for _, p := range []sdk.Point{sdk.PointFilter, sdk.PointVerify, sdk.PointInterrupt, sdk.PointDone, sdk.PointClose} {
		if names := s.snap.Chain.Names(p, scope); len(names) > 0 {
			out.Unasked[p] = names
		}
	}
}

// probe takes the place of openFile: it asks the backend and makes nothing.
func (s *Session) probe(_ context.Context, t *transfer) *sdk.Refusal {
	if t.direction == sdk.Send {
		return nil // it is open
	}
	if r := s.aim(t); r != nil {
		return r
	}
	p, ok := sdk.As[sdk.Prober](t.backend)
	if !ok {
		return nil
	}
	if err := p.Probe(t.target); err != nil {
		return t.ruled(sdk.ToRefusal(err, sdk.FileOpen))
	}
	return nil
}
