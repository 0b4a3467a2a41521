package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/core/catalog/sqlite"
)

const explainLong = `Explain tells the whole story of a transfer or of a refusal: each phase, every
decision with who made it, what it changed and how long it took, the rule of the
configuration with the place where it stood then (file, line and column, or
environment or --set), how it ended, what the code means, and what you can do.

ID is that of an entry (catalog list) or of a refusal (refusals list, and refusal=
in the log); its beginning is enough. Without it --partner, perhaps with --flow,
takes what happened last, be it a transfer or a refusal.

It asks the running server, or reads the catalog itself when none runs.`

// explaining is what to explain.
type explaining struct{ id, partner, flow string }

func newCatalogExplainCommand(app *app) *cobra.Command {
	var what explaining
	cmd := &cobra.Command{Use: "explain [ID]", Short: "Tell the story of a transfer or a refusal: by whom, what, why", Long: explainLong,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: app.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				what.id = args[0]
			}
			if (what.id == "") == (what.partner == "") || what.id != "" && what.flow != "" {
				return usagef("name what to explain: an id, or --partner with perhaps --flow")
			}
			return app.explain(cmd.Context(), what)
		}}
	cmd.Flags().StringVar(&what.partner, "partner", "", "what happened last to this partner")
	cmd.Flags().StringVar(&what.flow, "flow", "", "of its files only those of this flow")
	app.completeNames(cmd)
	return cmd
}

func (a *app) explain(ctx context.Context, what explaining) error {
	l, err := a.load(nil)
	if err != nil {
		return err
	}
	c := admin.Dial(l.DataDir)
	defer c.Close()
	var x admin.Explained
	if what.id != "" {
		x, err = c.Explain(ctx, what.id)
	} else {
		x, err = c.ExplainNewest(ctx, what.partner, what.flow)
	}
	if errors.Is(err, admin.ErrNoServer) {
		x, err = a.explainOffline(ctx, what)
	}
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(x)
	}
	return a.print(safeLines(x.Text()))
}

// explainOffline reads the catalog while no server runs.
func (a *app) explainOffline(ctx context.Context, what explaining) (x admin.Explained, err error) {
	l, folder, err := a.lockData("catalog explain")
	if err != nil {
		return x, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	store, err := sqlite.Open(filepath.Join(l.DataDir, inspect.DatabaseName), sqlite.Options{})
	if err != nil {
		return x, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if what.id != "" {
		return admin.Explain(ctx, store, what.id)
	}
	return admin.ExplainNewest(ctx, store, what.partner, what.flow)
}
