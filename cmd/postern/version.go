package main

import (
	"runtime"

	"github.com/spf13/cobra"
)

func newVersionCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if app.json() {
				return app.printJSON(map[string]string{"version": app.version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			return app.printf("postern %s (%s, %s/%s)\n", app.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}
