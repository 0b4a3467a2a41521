package main

import "github.com/spf13/cobra"

func newPluginNewCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "new NAME", Short: "Begin a new exit in a folder of its own", Args: cobra.ExactArgs(1),
		RunE: func(*cobra.Command, []string) error { return usagef("not yet") }}
}
