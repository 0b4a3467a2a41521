package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
)

func newCatalogDeleteCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "delete ID", Short: "Delete an entry, and what was received of an unfinished file", Args: oneArg, ValidArgsFunction: app.completeIDs,
		Long: "Delete removes an entry from the catalog. A running transfer is halted first. What\nwas received of an unfinished file is removed as well; a finished file and an\noffered one stay.",
		RunE: app.asks(func(ctx context.Context, c *admin.Client, args []string) error {
			d, err := c.Delete(ctx, args[0])
			if err != nil {
				return err
			}
			if d.Warning != "" {
				app.warnf("%s", d.Warning)
			}
			switch {
			case app.json():
				return app.printJSON(d)
			case d.Part:
				return app.printf("%s is deleted, with what was received of it\n", d.Entry.ID)
			}
			return app.printf("%s is deleted\n", d.Entry.ID)
		})}
}
