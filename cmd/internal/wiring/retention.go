package wiring

import (
	"context"
	"time"

	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/purge"
	"github.com/postern/postern/core/catalog"
)

// newPurger makes what removes entries and refusals that are older than their retention, with the parts that belonged to
// them.
func (s *Server) newPurger() *purge.Purger {
	return purge.New(purge.Options{Catalog: s.store, Removed: s.RemovePart, Log: s.options.Log,
		Settings: func() purge.Settings {
			c := s.loaded.Load()
			return purge.Settings{Retention: retentionOf(c), Refusals: c.Retention.Refusals.Std(), Batch: c.Retention.Batch, Next: c.Retention.Next}
		},
		Done: func(r purge.Result) {
			rec := audit.Record{Event: audit.Purged, Count: int64(r.Entries), Detail: "entries and refusals whose retention had passed"}
			if r.Err != nil {
				rec.Failure = r.Err.Error()
			}
			s.note(rec)
		}})
}

// Purge removes at once what is older than its retention.
func (s *Server) Purge(ctx context.Context) (entries, refusals int, err error) {
	r, err := s.purger.Now(ctx)
	return r.Entries, r.Refusals, err
}

func retentionOf(c *config.Loaded) catalog.Retention {
	r := catalog.Retention{Done: c.Retention.Done.Std(), Available: c.Retention.Available.Std(),
		Interrupted: c.Retention.Failed.Std(), Kept: c.Retention.Failed.Std(), Processing: c.Retention.Processing.Std(),
		DoneByFlow: map[string]time.Duration{}}
	for name, f := range c.Flows {
		if f.Retention != 0 {
			r.DoneByFlow[name] = f.Retention.Std()
		}
	}
	return r
}
