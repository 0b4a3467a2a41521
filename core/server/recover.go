package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// Recover settles what a crash left running, before the first call. A file that had its final name already, but whose
// end was not in the catalog yet, has ended; everything else is interrupted and waits for its peer.
func Recover(ctx context.Context, h *session.House) ([]catalog.Entry, error) {
	entries, err := h.Catalog.Recover(ctx, h.Snapshot().Notify)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		name, done := committed(h.Snapshot(), e)
		if !done {
			continue
		}
		b := h.Snapshot().Backends[e.Backend]
		switch entries[i], err = session.Conclude(ctx, h, b, e, name); {
		case sdk.CodeOf(err) != "": // the file cannot be read: one file must not keep the server from starting
			entries[i] = e
			if h.Log != nil {
				h.Log.Error("end not noted", "transfer", e.ID, "path", name, "error", err)
			}
		case err != nil:
			return nil, fmt.Errorf("conclude transfer %s: %w", e.ID, err)
		}
	}
	return entries, nil
}

// committed asks the backend whether the file of an interrupted receive has its final name.
func committed(snap *session.Snapshot, e catalog.Entry) (name string, done bool) {
	b, ok := snap.Backends[e.Backend]
	if !ok || e.Kind != catalog.File || e.Direction != sdk.Receive || !e.Restartable() {
		return "", false
	}
	w, err := b.Resume(target(e), e.Point.Backend)
	if err == nil {
		w.Close()
		return "", false
	}
	var at *sdk.CommittedError
	if errors.As(err, &at) {
		return at.Path, true
	}
	return e.Path, errors.Is(err, sdk.ErrCommitted)
}

func target(e catalog.Entry) sdk.Target {
	return sdk.Target{ID: e.ID, Path: e.Path, OnExists: e.OnExists, Size: e.Size}
}
