package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/count"
)

func newConfigCommand(app *app) *cobra.Command {
	return newGroup("config", "Check and show the configuration", newConfigCheckCommand(app), newConfigShowCommand(app), newConfigSchemaCommand(app))
}

func newConfigCheckCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "check", Short: "Check the configuration and resolve every secret", Args: noArgs,
		Long: "Check reads the configuration as the server would, resolves every secret://\nreference, opens the files of exits, and reports every fault at once with its\nplace. Exit status 2 when there is one, with -o json too.",
		RunE: func(*cobra.Command, []string) error {
			l, err := app.loadResolved()
			if err == nil {
				err = wiring.CheckListeners(l)
			}
			if app.json() {
				return app.printFaults(l, err)
			}
			if err != nil {
				return err
			}
			for _, w := range l.Warnings() {
				fmt.Fprintf(app.errs, "warning: %s\n", safe(w.Error()))
			}
			return app.printf("%s: no faults (%s, %s, %s)\n", safe(l.Path), count.Of(len(l.Listeners), "listener"),
				count.Of(len(l.Partners), "partner"), count.Of(len(l.Flows), "flow"))
		}}
}

// printFaults prints what a check has found as JSON.
func (a *app) printFaults(l *config.Loaded, err error) error {
	checked := struct {
		Config   string      `json:"config"`
		Faults   []faultJSON `json:"faults"`
		Warnings []faultJSON `json:"warnings"`
	}{a.configFile(), []faultJSON{}, []faultJSON{}}
	var faults config.Faults
	switch {
	case errors.As(err, &faults):
		checked.Faults = faultsJSON(faults)
	case err != nil:
		checked.Faults = []faultJSON{{Source: config.LayerFile, File: a.configFile(), Message: err.Error()}}
	default:
		checked.Warnings = faultsJSON(l.Warnings())
	}
	if printed := a.printJSON(checked); printed != nil || err == nil {
		return printed
	}
	return usage(nil)
}

// faultJSON is a fault, or a warning.
type faultJSON struct {
	Source  string `json:"source"`           // file, environment, set or default
	File    string `json:"file,omitempty"`   // of source file
	Line    int    `json:"line,omitempty"`   // from 1 on; 0: of the file as a whole
	Column  int    `json:"column,omitempty"` // in characters, from 1 on
	Name    string `json:"name,omitempty"`   // of the environment's variable, or the key of --set
	Path    string `json:"path,omitempty"`   // of the key that it is about
	Message string `json:"message"`
}

func faultsJSON(faults config.Faults) []faultJSON {
	out := make([]faultJSON, 0, len(faults))
	for _, f := range faults {
		x := faultJSON{Source: f.Origin.Layer, Line: f.Origin.Line, Column: f.Origin.Col, Path: f.Path.String(), Message: f.What}
		if x.Source == config.LayerFile {
			x.File = f.Origin.Name
		} else {
			x.Name = f.Origin.Name
		}
		out = append(out, x)
	}
	return out
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
