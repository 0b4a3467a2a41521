package wiring

import (
	"strings"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// The outcomes of a phase in a dry run.
const (
	itPasses   = "passes"
	refuses    = "refused"
	notReached = "not reached"
	notAsked   = "not asked"
)

// tell writes down what came of the trial.
func (t *trial) tell(got session.Tried) {
	out := &t.out
	for _, x := range []struct {
		sdk.Phase
		session.TriedPhase
	}{{sdk.PhaseCall, got.Call}, {sdk.PhaseNegotiation, got.Negotiation}, {sdk.PhaseFile, got.File}} {
		out.Phases = append(out.Phases, t.phase(x.Phase, x.TriedPhase))
	}
	refused, _ := got.Refused()
	out.Passes = refused == 0
	data, end := notAsked, itPasses
	if !out.Passes {
		data, end = notReached, notReached
	}
	out.Phases = append(out.Phases, admin.TestedPhase{Phase: sdk.PhaseData.String(), Outcome: data, Decisions: []catalog.Decision{}},
		admin.TestedPhase{Phase: sdk.PhaseDisconnection.String(), Outcome: end, Decisions: []catalog.Decision{}})
	out.Entry, out.Path, out.Backend = got.Entry, got.Path, got.Backend
	if f := got.Flow; f != nil {
		out.Flow = f.ID
		out.Options = admin.TestedOptions{OnExists: string(got.OnExists), Durability: string(f.Durability), Records: string(f.Records),
			MaxSize: f.MaxSize, Size: got.Size, Digest: f.Digest, Place: t.config.Place(sdk.RuleOf("flows", f.ID))}
	}
	for _, row := range sdk.Points() {
		if names := got.Unasked[row.Point]; len(names) > 0 {
			out.Unasked = append(out.Unasked, admin.Unasked{Point: string(row.Point), Exits: names})
		}
	}
}

func (t *trial) phase(p sdk.Phase, got session.TriedPhase) admin.TestedPhase {
	out := admin.TestedPhase{Phase: p.String(), Outcome: itPasses, Decisions: append([]catalog.Decision{}, got.Decisions...)}
	switch r := got.Refusal; {
	case !got.Reached:
		out.Outcome = notReached
	case r != nil:
		out.Outcome = refuses
		out.Refusal = &admin.TestedRefusal{Code: string(r.Code), Temporary: r.Temporary, Point: string(r.Point), Exit: r.Exit,
			Reason: r.Error(), Rule: r.Rule, Place: got.Place, Peer: t.voice(r, p)}
	}
	return out
}

// voice tells what the peer would see of a refusal.
func (t *trial) voice(r *sdk.Refusal, p sdk.Phase) string {
	limit := strings.HasPrefix(string(r.Code), "limit.") && r.Exit == ""
	if p == sdk.PhaseCall && t.listener.Say && limit && r.Code != sdk.LimitFailures {
		p = sdk.PhaseNegotiation // the call goes on, and is refused in the protocol's words
	}
	if v, ok := t.listener.Protocol.(sdk.Voiced); ok {
		return v.Voice(r, p, t.Direction)
	}
	return r.Public
}
