package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
)

// newCatalogDirectCommand makes halt, keep, release and resume.
func newCatalogDirectCommand(app *app, verb, short string) *cobra.Command {
	return &cobra.Command{Use: verb + " ID", Short: short, Args: oneArg, ValidArgsFunction: app.completeIDs,
		RunE: app.asks(func(ctx context.Context, c *admin.Client, args []string) error {
			e, err := c.Command(ctx, verb, args[0])
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(e)
			}
			return app.printf("%s is %s\n", e.ID, e.Status())
		})}
}
