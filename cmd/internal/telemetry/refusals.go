package telemetry

import (
	"context"
	"log/slog"
	"sync"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// Refusals writes what was refused into the catalog's list of refusals, in batches and beside the calls. Close writes
// the rest.
type Refusals struct {
	store catalog.Refusals
	log   *slog.Logger
	mu    sync.Mutex
	batch []catalog.Refusal
	lost  int
	ended bool
	wake  chan struct{}
	done  chan struct{}
}

// maxBatch bounds what waits to be written; a flood beyond it is counted in the log.
const maxBatch = 4096

// NewRefusals starts the writer.
func NewRefusals(store catalog.Refusals, log *slog.Logger) *Refusals {
	r := &Refusals{store: store, log: log, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go r.run()
	return r
}

// Observe takes refusals and drops everything else.
func (r *Refusals) Observe(o sdk.Observation) {
	if o.What != sdk.Refused || o.Refusal == nil {
		return
	}
	line := catalog.Refusal{ID: o.ID, Time: o.Time, Phase: o.Phase.String(), Point: string(o.Point), Code: o.Refusal.Code,
		Temporary: o.Refusal.Temporary, Partner: o.Partner, Listener: o.Listener, Exit: o.Exit, Reason: o.Refusal.Error(),
		Session: o.Session, Protocol: o.Protocol, Flow: o.Flow, File: o.File, Label: o.Label, Direction: o.Direction, Transfer: o.Transfer, Path: o.Path,
		Rule: o.Refusal.Rule, Place: o.Place, Public: o.Refusal.Public, Decisions: o.Decisions, Count: 1}
	if o.Peer.IsValid() {
		line.Peer = o.Peer.String()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.batch) >= maxBatch || r.ended {
		r.lost++
		return
	}
	r.batch = append(r.batch, line)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Refusals) run() {
	defer close(r.done)
	for range r.wake {
		r.write()
	}
	r.write()
}

func (r *Refusals) write() {
	r.mu.Lock()
	batch, lost := r.batch, r.lost
	r.batch, r.lost = nil, 0
	r.mu.Unlock()
	if lost > 0 {
		r.log.Warn("refusals not listed, there were too many at once", "count", lost)
	}
	if len(batch) == 0 {
		return
	}
	if err := r.store.Refuse(context.Background(), batch...); err != nil {
		r.log.Error("refusals not listed", "count", len(batch), "error", err)
	}
}

// Close writes what is waiting.
func (r *Refusals) Close() {
	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()
		return
	}
	r.ended = true
	close(r.wake)
	r.mu.Unlock()
	<-r.done
}
