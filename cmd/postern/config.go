package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/wiring"
)

func newConfigCommand(app *app) *cobra.Command {
	return newGroup("config", "Check and show the configuration", newConfigCheckCommand(app), newConfigShowCommand(app), newConfigSchemaCommand(app))
}

func newConfigCheckCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "check", Short: "Check the configuration and resolve every secret", Args: noArgs,
		Long: "Check reads the configuration as the server would, resolves every secret://\nreference, opens the files of exits, and reports every fault at once with its\nplace. Exit status 2 when there is one.",
		RunE: func(*cobra.Command, []string) error {
			l, err := app.loadResolved()
			if err == nil {
				err = wiring.CheckListeners(l)
			}
			if err != nil {
				return err
			}
			warnings := []string{}
			for _, w := range l.Warnings() {
				warnings = append(warnings, w.Error())
			}
			if app.json() {
				return app.printJSON(map[string]any{"config": l.Path, "faults": []string{}, "warnings": warnings})
			}
			for _, w := range warnings {
				fmt.Fprintf(app.errs, "warning: %s\n", safe(w))
			}
			return app.printf("%s: no faults (%d listeners, %d partners, %d flows)\n", safe(l.Path), len(l.Listeners), len(l.Partners), len(l.Flows))
		}}
}

func newConfigShowCommand(app *app) *cobra.Command {
	var origins bool
	cmd := &cobra.Command{Use: "show", Short: "Print the configuration that holds, with every default", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := app.load(nil)
			if err != nil {
				return err
			}
			format := config.FormatYAML
			if app.json() {
				format = config.FormatJSON
			}
			return l.Show(app.out, format, origins)
		}}
	cmd.Flags().BoolVar(&origins, "origins", false, "say where each value comes from")
	return cmd
}

func newConfigSchemaCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "schema", Short: "Print the JSON Schema of the configuration", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return config.Schema(app.out) }}
}
