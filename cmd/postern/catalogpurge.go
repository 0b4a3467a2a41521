package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/count"
)

func newCatalogPurgeCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "purge", Short: "Delete what is older than its retention, now", Args: noArgs,
		RunE: app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
			p, err := c.Purge(ctx)
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(p)
			}
			return app.printf("%s and %s deleted\n", count.Of(p.Entries, "entry"), count.Of(p.Refusals, "refusal"))
		})}
}
