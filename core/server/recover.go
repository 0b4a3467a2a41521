package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

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
		if entries[i], err = conclude(ctx, h, e, name); err != nil {
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

// conclude writes the end that the crash prevented. The digest is computed anew: the running one was lost.
func conclude(ctx context.Context, h *session.House, e catalog.Entry, name string) (catalog.Entry, error) {
	o := catalog.Outcome{Path: name, Records: e.Point.Records, Reason: "ended before a crash", Notify: h.Snapshot().Notify}
	r, err := h.Snapshot().Backends[e.Backend].Open(name)
	if err != nil {
		return e, fmt.Errorf("open %s: %w", name, err)
	}
	defer r.Close()
	digest := sha256.New()
	if o.Bytes, err = io.Copy(digest, io.NewSectionReader(r, 0, r.Info().Size)); err != nil {
		return e, fmt.Errorf("read %s: %w", name, err)
	}
	o.SHA256 = hex.EncodeToString(digest.Sum(nil))
	again, err := h.Catalog.Restart(ctx, e, catalog.Grant{Protocol: e.Protocol, Session: e.Session, Peer: e.Peer, Listener: e.Listener})
	if err != nil {
		return e, err
	}
	if err := h.Catalog.Begin(ctx, again.Lease()); err != nil {
		return e, err
	}
	return h.Catalog.End(ctx, again.Lease(), o)
}
