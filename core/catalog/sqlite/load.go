package sqlite

import (
	"context"

	"github.com/postern/postern/core/catalog"
)

// Load adds entries that were made elsewhere, as they are, with their decisions
// and all in one commit: some thousands at a time bring in a history. It makes
// no transition and checks none. An ID that is there already is
// catalog.ErrExists, and nothing of the call is added.
func (c *Catalog) Load(ctx context.Context, entries ...catalog.Entry) error {
	return c.write(ctx, "load", func(t *tx) error {
		for _, e := range entries {
			e.Decided = int64(len(e.Decisions))
			there, err := t.has(e.ID)
			if err == nil {
				err = t.insert(e, there)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
