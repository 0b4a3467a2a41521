package server

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// Recover settles what a crash left running, before the first call. A file that had its final name already, but whose
// end was not in the catalog yet, has ended; everything else is interrupted and waits for its peer. Offers that were being
// made are settled too, and are not among the entries returned.
func Recover(ctx context.Context, h *session.House) ([]catalog.Entry, error) {
	snap := h.Snapshot()
	defer snap.Release()
	entries, err := h.Catalog.Recover(ctx, snap.Notify)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		name, done := committed(snap, e)
		if !done {
			continue
		}
		b := snap.Backends[e.Backend]
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
	return entries, recoverOffers(ctx, h, snap)
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

// sweepAge is how old a temporary file without an entry must be. A younger one may be another server's that shares the
// backend.
const sweepAge = 24 * time.Hour

// Sweep removes old temporary files that belong to no entry: a crash came between the file and its entry, before the
// peer was told anything. It returns their paths.
func Sweep(ctx context.Context, h *session.House) ([]string, error) {
	snap := h.Snapshot()
	defer snap.Release()
	var gone []string
	for name, b := range snap.Backends {
		parts, ok := sdk.As[sdk.Parts](b)
		remover, can := sdk.As[sdk.PartRemover](b)
		if !ok || !can {
			continue
		}
		all, err := parts.Parts()
		if err != nil {
			return gone, fmt.Errorf("list the temporary files of backend %s: %w", name, err)
		}
		for _, p := range all {
			if h.Now().Sub(p.Modified) < sweepAge {
				continue
			}
			if _, err := h.Catalog.Get(ctx, p.ID); !errors.Is(err, catalog.ErrNotFound) {
				continue // it is known, or the catalog cannot say
			}
			t := sdk.Target{ID: p.ID, Path: path.Join(path.Dir(p.Path), "x"), OnExists: sdk.ExistsFail, Size: -1}
			if err := remover.RemovePart(t, nil); err == nil {
				gone = append(gone, name+":"+p.Path)
			}
		}
	}
	return gone, nil
}
