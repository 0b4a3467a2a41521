package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// orphaned settles an entry that the catalog calls running and that no session moves: the call that should have ended it
// failed. It is interrupted, or nothing is left of it where its data was not begun.
func (s *Session) orphaned(ctx context.Context, e catalog.Entry) {
	ctx = context.WithoutCancel(ctx)
	err := s.house.Catalog.Abandon(ctx, e.Lease())
	if errors.Is(err, catalog.ErrTransition) {
		_, err = s.house.Catalog.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.ServerCrashed,
			Reason: "its session ended and could not note it", Notify: s.snap.Notify})
	}
	if err != nil && !errors.Is(err, catalog.ErrStale) {
		s.log("orphan not settled", "transfer", e.ID, "error", err)
	}
}

// hadEnded finishes the entry of a file that has its name already. The restart is refused all the same, as that of any
// transfer that has ended.
func (s *Session) hadEnded(ctx context.Context, t *transfer, why error) {
	name := t.place.path
	var at *sdk.CommittedError
	if errors.As(why, &at) {
		name = at.Path
	}
	if _, err := Conclude(context.WithoutCancel(ctx), s.house, t.backend, t.entry, name); err != nil {
		s.log("end not noted", "transfer", t.entry.ID, "error", err)
	}
}

// Conclude writes the good end of an interrupted entry whose file has its name already: what ended it could not note it
// any more. Where the entry does not say how it was about to end, the digest is computed anew: the running one was lost.
func Conclude(ctx context.Context, h *House, b sdk.Backend, e catalog.Entry, name string) (catalog.Entry, error) {
	snap := h.Snapshot()
	defer snap.Release()
	o, err := outcomeOf(b, e, name)
	if err != nil {
		return e, err
	}
	o.Path, o.Reason, o.Notify = name, "ended before a crash", snap.Notify
	again, err := h.Catalog.Restart(ctx, e, catalog.Grant{Protocol: e.Protocol, Session: e.Session, Peer: e.Peer, Listener: e.Listener})
	if err != nil {
		return e, err
	}
	if err := h.Catalog.Begin(ctx, again.Lease()); err != nil {
		return e, errors.Join(err, h.Catalog.Abandon(ctx, again.Lease()))
	}
	return h.Catalog.End(ctx, again.Lease(), o)
}

// outcomeOf is how a transfer was about to end, or what its file tells.
func outcomeOf(b sdk.Backend, e catalog.Entry, name string) (catalog.Outcome, error) {
	if e.Ending != nil {
		return *e.Ending, nil
	}
	o := catalog.Outcome{Records: e.Point.Records}
	r, err := b.Open(name)
	if err != nil {
		return o, fmt.Errorf("open %s: %w", name, err)
	}
	defer r.Close()
	digest := sha256.New()
	if o.Bytes, err = io.Copy(digest, io.NewSectionReader(r, 0, r.Info().Size)); err != nil {
		return o, sdk.ToRefusal(fmt.Errorf("read %s: %w", name, err), sdk.DataIO)
	}
	o.SHA256 = hex.EncodeToString(digest.Sum(nil))
	return o, nil
}
