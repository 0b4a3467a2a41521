package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/wiring"
)

const pluginListLong = `List shows the exits: what is loaded, where it is asked, how often it was and how
often it gave no answer. It asks the running server; when none runs, it shows what
the configuration says.`

func newPluginListCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the exits, where they are asked and how they do", Long: pluginListLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.listPlugins(cmd.Context()) }}
}

func (a *app) listPlugins(ctx context.Context) error {
	l, err := a.load(nil)
	if err != nil {
		return err
	}
	c := admin.Dial(l.DataDir)
	defer c.Close()
	all, err := c.Exits(ctx)
	running := !errors.Is(err, admin.ErrNoServer)
	if err != nil && running {
		return err
	}
	if !running {
		all = []admin.Exit{}
		for _, name := range slices.Sorted(maps.Keys(l.Exits)) {
			all = append(all, wiring.ConfiguredExit(l, name))
		}
	}
	if a.json() {
		return a.printJSON(all)
	}
	if !running {
		a.warnf("no server is running: this is what %s says", nearby(l.Path))
	}
	t := a.table("exit", "kind", "version", "sha256", "proof", "points", "calls", "failures", "state")
	for _, x := range all {
		err := t.row(plain(x.Name), plain(x.Kind), plain(dash(x.Version)), plain(dash(x.SHA256[:min(12, len(x.SHA256))])), plain(proofOf(x)),
			plain(words(x.Points)), number(strconv.FormatInt(x.Calls, 10)), number(strconv.FormatInt(x.Failures, 10)), stateCell(x))
		if err != nil {
			return err
		}
	}
	return t.end()
}

// proofOf says what vouches for the file.
func proofOf(x admin.Exit) string {
	switch {
	case x.Signer != "":
		return "signed " + x.Signer
	case x.Pinned:
		return "pinned"
	}
	return "-"
}

func stateCell(x admin.Exit) cell {
	switch x.State {
	case "":
		return plain("-")
	case "ok":
		return cell{text: "ok", colour: green}
	}
	return cell{text: x.State, colour: red}
}
