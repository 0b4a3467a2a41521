package main

import "github.com/spf13/cobra"

func newPluginListCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the exits", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("not yet") }}
}
