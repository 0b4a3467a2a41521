package session

import (
	"encoding/json"
	"fmt"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// note keeps a decision of the server's own with a transfer.
func (s *Session) note(t *transfer, d catalog.Decision) {
	t.decisions = append(t.decisions, s.noted(d))
}

func (s *Session) noted(d catalog.Decision) catalog.Decision {
	d.Time, d.Exit, d.Place = catalog.Instant(s.house.Now()), sdk.ByServer, s.snap.Chain.Place(d.Rule)
	return d
}

// notePlace keeps where the flow puts a new file, before an exit has moved it.
func (s *Session) notePlace(t *transfer) {
	// What an sdk.Changes with these two is written as, without looking at all the others. Strings cannot fail.
	changes, _ := json.Marshal(struct {
		Path    string `json:"path"`
		Backend string `json:"backend"`
	}{t.place.path, t.place.backend})
	s.note(t, catalog.Decision{Point: string(sdk.PointOpen), Verdict: "place", Changes: changes, Rule: t.flow.rule("path")})
}

// taken is kept with an entry that this session takes up: what it was, and who asked. What ended the attempt before is
// nowhere else once this one has begun.
func (s *Session) taken(t *transfer) catalog.Decision {
	e := t.entry
	d := catalog.Decision{Point: string(sdk.PointResolve), Verdict: "release", Detail: fmt.Sprintf("session %s from %s took the held file", s.id, s.peer)}
	if t.found == isRestarted {
		d.Point, d.Verdict, d.Code = string(sdk.PointRestart), "restart", e.Code
		d.Detail = fmt.Sprintf("attempt %d by session %s from %s; the one before got to sync point %d, byte %d, and ended with %s",
			e.Attempts+1, s.id, s.peer, e.Point.Number, e.Point.FileOffset, e.Reason)
	}
	return s.noted(d)
}
