package session

import (
	"context"
	"slices"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/decision"
	"github.com/postern/postern/sdk"
)

// ask asks the exits of a point about the session; their changes go into its facts.
func (s *Session) ask(ctx context.Context, p sdk.Point, f *sdk.Facts) *sdk.Refusal {
	f.Time = s.house.Now()
	res, err := s.snap.Chain.Ask(ctx, p, f, s.scope)
	s.decisions = append(s.decisions, decision.Kept(s.house.Now(), res.Decisions)...)
	if err != nil {
		return sdk.ToRefusal(err, sdk.ExitFailed)
	}
	*f = *res.Facts
	return nil
}

// soFar are the decisions that an entry begins with: those about the session, then those about the file.
func (s *Session) soFar(t *transfer) []catalog.Decision {
	return slices.Concat(s.decisions, t.decisions)
}

// log tells the operator what no answer to the peer can tell.
func (s *Session) log(what string, fields ...any) {
	if s.house.Log != nil {
		s.house.Log.Error(what, append([]any{"session", s.id}, fields...)...)
	}
}

// observe tells the observer, with what is known of the session.
func (s *Session) observe(o sdk.Observation) {
	if s.house.Observer == nil {
		return
	}
	o.Time, o.Session, o.Listener, o.Protocol, o.Peer = s.house.Now(), s.id, s.listener.Name, s.listener.ProtocolName, s.peer
	if o.Partner == "" && s.partner != nil {
		o.Partner = s.partner.ID
	}
	if o.Partner == "" && s.facts.Partner != nil {
		o.Partner = s.facts.Partner.ID
	}
	if o.Partner == "" && s.facts.Claim != nil {
		o.Partner = s.facts.Claim.Name
	}
	s.house.Observer.Observe(o)
}

// observeTransfer does so with what is known of the transfer.
func (s *Session) observeTransfer(t *transfer, o sdk.Observation) {
	o.Transfer, o.Direction, o.File, o.Label = t.entry.ID, t.direction, t.request.File, t.request.Label
	if t.at == asked {
		o.Transfer = "" // it never was one
	}
	if t.flow != nil {
		o.Flow = t.flow.ID
	}
	if o.Path == "" {
		o.Path = t.place.path
	}
	s.observe(o)
}

// phase reports the outcome of a phase of the session, and begins the next one; phaseOf reports that of a transfer's.
func (s *Session) phase(p sdk.Phase, r *sdk.Refusal) { s.phaseEnded(p, r, "") }

// phaseEnded is phase with the id of the refusal that ended it.
func (s *Session) phaseEnded(p sdk.Phase, r *sdk.Refusal, id string) {
	now := s.house.Now()
	s.observe(sdk.Observation{What: sdk.PhaseEnded, Phase: p, Refusal: r, ID: id, Duration: now.Sub(s.since)})
	s.since = now
}

func (s *Session) phaseOf(t *transfer, p sdk.Phase, r *sdk.Refusal) { s.phaseOfEnded(t, p, r, "") }

func (s *Session) phaseOfEnded(t *transfer, p sdk.Phase, r *sdk.Refusal, id string) {
	o := sdk.Observation{What: sdk.PhaseEnded, Phase: p, Refusal: r, ID: id}
	began := t.asked
	if p == sdk.PhaseData {
		began = t.began
	}
	if !began.IsZero() {
		o.Duration = s.house.Now().Sub(began)
	}
	s.observeTransfer(t, o)
}

// refused reports a refusal of the session; refusedTransfer that of a file. Both give it an id, and tell what was decided
// before it.
func (s *Session) refused(p sdk.Phase, r *sdk.Refusal) {
	o := s.refusal(p, r, slices.Clone(s.decisions))
	s.observe(o)
	s.phaseEnded(p, r, o.ID)
}

func (s *Session) refusedTransfer(t *transfer, p sdk.Phase, r *sdk.Refusal) {
	o := s.refusal(p, r, s.soFar(t))
	s.observeTransfer(t, o)
	s.phaseOfEnded(t, p, r, o.ID)
}

func (s *Session) refusal(p sdk.Phase, r *sdk.Refusal, before []catalog.Decision) sdk.Observation {
	o := sdk.Observation{What: sdk.Refused, Phase: p, Point: r.Point, Exit: r.Exit, Refusal: r, Decisions: before,
		Place: s.snap.Chain.Place(r.Rule)}
	if s.house.Observer == nil {
		return o
	}
	id, err := s.house.newID()
	if err != nil {
		s.log("a refusal has no id", "error", err)
	}
	o.ID = id
	return o
}
