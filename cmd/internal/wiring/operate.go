package wiring

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/done"
	"github.com/postern/postern/sdk"
)

// overrides are what operators decided about partners, in memory and in the catalog.
type overrides struct {
	mu sync.RWMutex
	m  map[string]bool
}

func (o *overrides) load(ctx context.Context, store catalog.Partners) error {
	all, err := store.PartnerOverrides(ctx)
	if err != nil {
		return fmt.Errorf("read the decisions about partners: %w", err)
	}
	o.m = map[string]bool{}
	for id, x := range all {
		if x.Enabled != nil {
			o.m[id] = *x.Enabled
		}
	}
	return nil
}

// get tells the decision about a partner; nil: there is none.
func (o *overrides) get(partner string) *bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if on, ok := o.m[partner]; ok {
		return &on
	}
	return nil
}

// SetPartner switches a partner on or off. It is durable when it returns and counts from the next call on.
func (s *Server) SetPartner(ctx context.Context, partner string, on bool, by string) error {
	if _, ok := s.loaded.Load().Partners[partner]; !ok {
		return fmt.Errorf("no partner is called %q", partner)
	}
	o := catalog.PartnerOverride{Partner: partner, Enabled: &on, By: by, At: time.Now()}
	if err := s.store.SetPartner(ctx, o); err != nil {
		return fmt.Errorf("keep the decision about %s: %w", partner, err)
	}
	s.enabled.mu.Lock()
	s.enabled.m[partner] = on
	s.enabled.mu.Unlock()
	return nil
}

// tellEnds brings the ends of transfers to the done exits until the server stops.
func (s *Server) tellEnds() {
	done.New(done.Options{Store: s.store, Log: s.options.Log, Now: time.Now, Removed: s.RemovePart,
		Chain: func() (*chain.Set, func()) {
			n := s.current.Take()
			return n.Chain, n.Release
		},
		Flow: func(id string) (sdk.Flow, bool) {
			n := s.current.Take()
			defer n.Release()
			if f, ok := n.Flows[id]; ok {
				return f.Flow, true
			}
			return sdk.Flow{}, false
		},
		Partner: func(id string) (sdk.Partner, bool) {
			p, ok := s.records.Load().Partners[id]
			return p, ok
		},
	}).Run(s.life)
}

// RemovePart removes the temporary file of an entry that is gone from the catalog. One that cannot be removed is found
// again by `catalog check`.
func (s *Server) RemovePart(e catalog.Entry) {
	if e.Direction != sdk.Receive || e.Stage == catalog.StageDone {
		return
	}
	n := s.current.Take()
	defer n.Release()
	if r, ok := sdk.As[sdk.PartRemover](n.Backends[e.Backend]); ok {
		t := sdk.Target{ID: e.ID, Path: e.Path, OnExists: e.OnExists}
		if err := removePart(r, t, e.Point.Backend); err != nil {
			s.options.Log.Warn("part not removed", "transfer", e.ID, "path", e.Path, "error", err)
		}
	}
}

// removePart asks a backend for a goroutine of the server's, which must outlive it.
func removePart(r sdk.PartRemover, t sdk.Target, state []byte) (err error) {
	defer sdk.Caught(&err)
	return r.RemovePart(t, state)
}
