package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
)

func newReloadCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "reload", Short: "Have the running server read its configuration again", Args: cobra.NoArgs,
		Long: "Reload has the server check its configuration and swap it in at once. A configuration with a fault changes\nnothing. Open sessions keep what they began with.",
		RunE: app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
			r, err := c.Reload(ctx)
			switch {
			case err != nil:
				return err
			case app.json():
				return app.printJSON(r)
			case len(r.Changed) == 0:
				return app.print("reloaded: nothing has changed\n")
			}
			return app.printf("reloaded: %s\n", safe(strings.Join(r.Changed, ", ")))
		})}
}
