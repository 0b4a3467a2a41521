// Package done brings the ends of transfers to the done exits: at least once each, with an event id that stays the same,
// in its own time beside the calls.
//
// It is not for deciding: a done exit may only say what becomes of the entry, and that is applied once, and only if the
// entry is still as the event saw it.
//
// The main call is [Deliverer.Run].
package done

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/decision"
	"github.com/postern/postern/sdk"
)

// How often an event is tried again: after a second first, twice as long each time, for a day.
const (
	firstRetry = time.Second
	lastRetry  = 10 * time.Minute
	giveUp     = 24 * time.Hour
	pause      = time.Second // between two looks at the queue
	batch      = 64
)

// Store is what the deliverer needs of the catalog.
type Store interface {
	catalog.Events
	catalog.Reader
}

// Options of a deliverer.
type Options struct {
	Store Store
	// Chain gives the exits of now, and how to let go of them once they were asked.
	Chain func() (set *chain.Set, release func())
	// Flow and Partner give the records of the configuration of now; false: there is none any more.
	Flow    func(id string) (sdk.Flow, bool)
	Partner func(id string) (sdk.Partner, bool)
	// Removed is told an entry that a follow-up deleted, so that its part goes too.
	Removed func(catalog.Entry)
	Log     *slog.Logger
	Now     func() time.Time
}

// Deliverer asks the done exits about each end that is due.
type Deliverer struct{ Options }

// New makes a deliverer.
func New(o Options) *Deliverer { return &Deliverer{o} }

// Run delivers until ctx ends.
func (d *Deliverer) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := d.deliverDue(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("ends of transfers wait for their exits", "error", err)
		}
		timer.Reset(pause)
	}
}

// deliverDue delivers what is due, oldest first.
func (d *Deliverer) deliverDue(ctx context.Context) error {
	for {
		events, err := d.Store.Due(ctx, batch)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			if err := d.deliver(ctx, e); err != nil {
				return err
			}
		}
	}
}

// deliver asks about one end and settles it, or puts it off.
func (d *Deliverer) deliver(ctx context.Context, e catalog.Event) error {
	entry, err := d.Store.Get(ctx, e.EntryID)
	if errors.Is(err, catalog.ErrNotFound) {
		return d.settle(ctx, e, catalog.Entry{}, catalog.FollowUp{})
	}
	if err != nil {
		return fmt.Errorf("read transfer %s: %w", e.EntryID, err)
	}
	set, release := d.Chain()
	defer release()
	res, err := set.Ask(ctx, sdk.PointDone, d.facts(e, entry), chain.Scope{Listener: entry.Listener,
		Partner: entry.Partner, Flow: entry.Flow})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil || len(res.Failed) > 0:
		return d.postpone(ctx, e, fmt.Sprintf("no answer of %v", res.Failed))
	}
	f := catalog.FollowUp{Decisions: decision.Kept(d.Now(), res.Decisions)}
	if res.Changes.FollowUp != nil {
		f.Action = catalog.Action(*res.Changes.FollowUp)
	}
	if res.Changes.Comment != nil {
		f.Comment = *res.Changes.Comment
	}
	return d.settle(ctx, e, entry, f)
}

// settle takes the event off the queue and applies the follow-up.
func (d *Deliverer) settle(ctx context.Context, e catalog.Event, entry catalog.Entry, f catalog.FollowUp) error {
	applied, err := d.Store.Settle(ctx, e.ID, f)
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		return nil
	case errors.Is(err, catalog.ErrTransition), errors.Is(err, catalog.ErrInvalid):
		d.Log.Warn("follow-up not possible", "transfer", e.EntryID, "event", e.ID, "follow_up", string(f.Action), "error", err)
		return nil
	case err != nil:
		return fmt.Errorf("settle event %s: %w", e.ID, err)
	case applied && f.Action == catalog.Remove && d.Removed != nil:
		d.Removed(entry)
	case !applied && (f.Action != "" || f.Comment != ""):
		d.Log.Warn("follow-up came too late", "transfer", e.EntryID, "event", e.ID, "follow_up", string(f.Action))
	}
	return nil
}

// postpone puts an event off, or parks it after a day.
func (d *Deliverer) postpone(ctx context.Context, e catalog.Event, why string) error {
	wait := lastRetry
	if e.Attempt < 10 {
		wait = min(firstRetry<<e.Attempt, lastRetry)
	}
	until := d.Now().Add(wait)
	if until.Sub(e.QueuedAt) > giveUp {
		until = time.Time{}
		d.Log.Error("end of a transfer parked: its exits did not answer for a day; once they can, 'postern catalog resume' has them asked again",
			"transfer", e.EntryID, "event", e.ID)
	}
	if err := d.Store.Postpone(ctx, e.ID, until, why); err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return fmt.Errorf("postpone event %s: %w", e.ID, err)
	}
	return nil
}

// facts are what is known of a transfer after its end.
func (d *Deliverer) facts(e catalog.Event, t catalog.Entry) *sdk.Facts {
	f := &sdk.Facts{Time: d.Now(), Session: t.Session, Transfer: t.ID,
		Call: &sdk.CallFacts{Listener: t.Listener, Protocol: t.Protocol},
		Request: &sdk.RequestFacts{Direction: t.Direction, Request: sdk.Request{Kind: string(t.Kind), File: t.File, Label: t.Label,
			Number: t.Number, Size: t.Size, Origin: t.Key.Origin, Destination: t.Key.Destination, Type: t.Key.Type,
			Attributes: t.Attributes, Text: t.Text, Priority: t.Priority}},
		Target: &sdk.TargetFacts{Path: t.Path, Backend: t.Backend, OnExists: t.OnExists, Attributes: t.Attributes, Size: t.Bytes},
		File:   &sdk.FileFacts{Bytes: t.Bytes, Records: t.Records, SHA256: t.SHA256},
		Done:   &sdk.DoneFacts{Result: e.Result, Code: e.Code, Attempt: e.Attempt + 1, EventID: e.ID}}
	if p, ok := d.Partner(t.Partner); ok {
		f.Partner = &p
	} else {
		f.Partner = &sdk.Partner{ID: t.Partner, Name: t.Partner}
	}
	if flow, ok := d.Flow(t.Flow); ok {
		f.Flow = &flow
	} else if t.Flow != "" {
		f.Flow = &sdk.Flow{ID: t.Flow}
	}
	return f
}
