package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/config"
)

func newReloadCommand(app *app) *cobra.Command {
	ask := app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
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
	})
	return &cobra.Command{Use: "reload", Short: "Have the running server read its configuration again", Args: noArgs,
		Long: "Reload has the server check its configuration and swap it in at once. A\nconfiguration with a fault changes nothing. Open sessions keep what they began with.",
		RunE: func(cmd *cobra.Command, args []string) error {
			err := ask(cmd, args)
			var faults config.Faults
			if errors.As(err, &faults) {
				app.reloadFaulty(cmd.Context())
			}
			return err
		}}
}

// reloadFaulty has the server find the faults too, so that its log, its audit log and its metrics tell of them. That no
// server runs, or none that can be found, is no matter then.
func (a *app) reloadFaulty(ctx context.Context) {
	dir, ok := config.DataDir(a.options(nil))
	if !ok {
		return
	}
	c := admin.Dial(dir)
	defer c.Close()
	_, _ = c.Reload(ctx)
}
