package main

import "github.com/spf13/cobra"

func newCatalogCommand(app *app) *cobra.Command {
	return newGroup("catalog", "See and direct the transfers",
		newCatalogListCommand(app), newCatalogShowCommand(app), newCatalogExplainCommand(app), newCatalogWatchCommand(app),
		newCatalogDirectCommand(app, "halt", "Stop a running transfer; the peer may restart it"),
		newCatalogDirectCommand(app, "keep", "Put a transfer out of the peer's reach until it is released"),
		newCatalogDirectCommand(app, "release", "Give a kept transfer back to the peer"),
		newCatalogDirectCommand(app, "resume", "Make an interrupted offer available anew, or have the done exits asked again"),
		newCatalogDeleteCommand(app), newCatalogPurgeCommand(app), newCatalogBackupCommand(app),
		newCatalogCheckCommand(app), newCatalogSalvageCommand(app),
	)
}
