package session

import (
	"context"
	"errors"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// link finds the entry that the request means.
func (s *Session) link(ctx context.Context, t *transfer) *sdk.Refusal {
	t.facts = s.facts
	t.facts.Time = s.house.Now()
	t.facts.Request = &sdk.RequestFacts{Request: t.request, Direction: t.direction}
	if t.named != nil {
		r := s.linkNamed(ctx, t)
		t.facts.Request.Held = t.entry.ID
		return r
	}
	var err error
	switch {
	case t.request.Restart:
		t.found = isRestarted
		t.entry, err = s.restartable(ctx, t)
	case t.direction == sdk.Send:
		t.entry, err = s.house.Catalog.Held(ctx, catalog.Wanted{Partner: s.partner.ID, Name: t.request.File, Skip: s.skip})
		if err == nil {
			t.found = isHeld
		} else if errors.Is(err, catalog.ErrNone) {
			err = nil // perhaps a published flow: resolve finds out
		}
	}
	if err != nil {
		return catalogRefusal(err)
	}
	t.facts.Request.Held = t.entry.ID
	return nil
}

// restartable finds the interrupted entry. One whose session still lives is given to us once that session has noticed
// that its connection is gone.
func (s *Session) restartable(ctx context.Context, t *transfer) (catalog.Entry, error) {
	key := t.key(s.partner.ID)
	e, err := s.house.Catalog.Restartable(ctx, key)
	if errors.Is(err, catalog.ErrBusy) && s.house.Registry.probe(ctx, e.ID) {
		e, err = s.house.Catalog.Restartable(ctx, key)
	}
	if errors.Is(err, catalog.ErrBusy) && s.house.Registry.moving(e.ID) == nil {
		s.orphaned(ctx, e)
		e, err = s.house.Catalog.Restartable(ctx, key)
	}
	return e, err
}

// key is what a restart of the request must repeat. A request with a mask is known by the name that it was granted.
func (t *transfer) key(partner string) catalog.RestartKey {
	name := t.request.File
	if t.named == nil && naming.IsMask(name) && t.found == isHeld {
		name = t.entry.File
	}
	if t.named != nil {
		name = t.named.key()
	}
	return catalog.RestartKey{Direction: t.direction, Partner: partner, Type: t.request.Type,
		Name: name, Number: t.request.Number, Origin: t.request.Origin, Destination: t.request.Destination}
}

// catalogRefusal turns what the catalog says into a refusal.
func catalogRefusal(err error) *sdk.Refusal {
	if code, ok := catalog.RefusalCode(err); ok {
		return sdk.Refuse(code, "%v", err)
	}
	return sdk.Refuse(sdk.LimitTransfers, "the catalog could not answer").Because(err)
}

// tooOften refuses a restart beyond those that the flow allows.
func (t *transfer) tooOften() *sdk.Refusal {
	n := t.flow.MaxRestarts
	if t.found != isRestarted || n <= 0 || t.entry.Attempts <= n {
		return nil
	}
	return sdk.Refuse(sdk.RestartUnknown, "restarted %s, flow %s allows %d", count.Of(t.entry.Attempts-1, "time"), t.flow.ID, n).By(t.flow.rule("max_restarts"))
}
