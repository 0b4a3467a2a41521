package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/count"
)

func newPartnerSwitchCommand(app *app, enabled bool) *cobra.Command {
	verb, short, done := "disable", "Refuse a partner's calls from now on", "disabled"
	if enabled {
		verb, short, done = "enable", "Let a partner call again", "enabled"
	}
	var force bool
	cmd := &cobra.Command{Use: verb + " PARTNER", Short: short, Args: oneArg, ValidArgsFunction: app.completePartner,
		Long: short + ". The decision is kept in the catalog, survives a\nrestart of the server and wins over the configuration.",
		RunE: app.asks(func(ctx context.Context, c *admin.Client, args []string) error {
			p, err := c.SetPartner(ctx, args[0], enabled, force)
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(p)
			}
			if p.Expelled > 0 {
				done += fmt.Sprintf("; %s ended", count.Of(p.Expelled, "session"))
			}
			return app.printf("partner %s is %s\n", safe(p.ID), done)
		})}
	if !enabled {
		cmd.Flags().BoolVar(&force, "force", false, "end the partner's sessions too; running transfers are interrupted and can be restarted")
	}
	return cmd
}
