package main

import "github.com/spf13/cobra"

func newPartnerCommand(app *app) *cobra.Command {
	return newGroup("partner", "Look after the partners", newPartnerListCommand(app), newPartnerPasswordCommand(app),
		newPartnerSwitchCommand(app, true), newPartnerSwitchCommand(app, false), newPartnerTestCommand(app))
}
