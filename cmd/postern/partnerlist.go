package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
)

func newPartnerListCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the partners", Args: noArgs,
		RunE: app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
			all, err := c.Partners(ctx)
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(all)
			}
			t := app.table("partner", "name", "state", "protocols", "we take", "it fetches")
			for _, p := range all {
				err := t.row(plain(p.ID), plain(p.Name), partnerState(p), plain(words(p.Protocols)), plain(words(p.Receive)), plain(words(p.Send)))
				if err != nil {
					return err
				}
			}
			return t.end()
		})}
}

func partnerState(p admin.Partner) cell {
	state := cell{text: "enabled", colour: green}
	switch {
	case p.Template:
		return plain("template")
	case !p.Enabled:
		state = cell{text: "disabled", colour: red}
	}
	if p.DecidedBy != "" {
		state.text += " by " + p.DecidedBy
	}
	return state
}

func words(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, " ")
}
