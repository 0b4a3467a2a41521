package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// recoverOffers settles the offers that a crash has cut between the note in the catalog and the entry. A copy that has its
// name is offered; of any other nothing stays. What the backend cannot tell now is left for the next start.
func recoverOffers(ctx context.Context, h *session.House, snap *session.Snapshot) error {
	notes, err := h.Catalog.Prepared(ctx)
	if err != nil {
		return err
	}
	for _, e := range notes {
		why := ""
		b, ok := snap.Backends[e.Backend]
		if !ok {
			why = "backend " + e.Backend + " is not configured"
		} else if name, err := copied(b, e); err != nil {
			why = err.Error()
		} else if err := settleOffer(ctx, h, e, name); err != nil {
			return fmt.Errorf("settle offer %s: %w", e.ID, err)
		}
		if why != "" && h.Log != nil {
			h.Log.Error("offer not settled after a crash", "transfer", e.ID, "path", e.Path, "error", why)
		}
	}
	return nil
}

// copied gives the name that the copy of an offer has got, "" when it has none; then its temporary file is removed.
func copied(b sdk.Backend, e catalog.Entry) (name string, err error) {
	w, err := b.Resume(target(e), e.Point.Backend)
	var at *sdk.CommittedError
	switch {
	case err == nil:
		return "", w.Discard()
	case errors.As(err, &at):
		return at.Path, nil
	case errors.Is(err, sdk.ErrCommitted):
		return e.Path, nil
	case errors.Is(err, sdk.ErrNoPart):
		return "", nil
	}
	return "", err
}

func settleOffer(ctx context.Context, h *session.House, e catalog.Entry, name string) error {
	if name == "" {
		return h.Catalog.Withdraw(ctx, e.ID)
	}
	e.Path = name
	_, err := h.Catalog.Offer(ctx, e)
	if errors.Is(err, catalog.ErrExists) {
		return h.Catalog.Withdraw(ctx, e.ID)
	}
	if err == nil && h.Log != nil {
		h.Log.Info("offer made after a crash", "transfer", e.ID, "partner", e.Partner, "path", name)
	}
	return err
}
