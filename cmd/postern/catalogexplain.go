package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/sdk"
)

const explainLong = `Explain lists every decision about an entry, oldest first: of its session before
the request (accept, identify, negotiate), of the transfer, and of operators. It
asks the running server, or reads the catalog itself when none runs. JSON holds
every decision as it is kept, with the values of the changes.`

func newCatalogExplainCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "explain ID", Short: "List every decision about an entry: by whom, what, why", Long: explainLong,
		Args: cobra.ExactArgs(1), ValidArgsFunction: app.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error { return app.explain(cmd.Context(), args[0]) }}
}

func (a *app) explain(ctx context.Context, id string) error {
	l, err := a.load(nil)
	if err != nil {
		return err
	}
	c := admin.Dial(l.DataDir)
	defer c.Close()
	x, err := c.Explain(ctx, id)
	if errors.Is(err, admin.ErrNoServer) {
		x, err = a.explainOffline(ctx, id)
	}
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(x)
	}
	return a.explained(x)
}

// explainOffline reads the catalog while no server runs.
func (a *app) explainOffline(ctx context.Context, id string) (x admin.Explained, err error) {
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
	e, err := store.Get(ctx, id)
	if err != nil {
		return x, err
	}
	kept, more, err := store.Decisions(ctx, e.ID)
	return admin.Explained{ID: e.ID, Session: e.Session, Decisions: append([]catalog.Decision{}, kept...), More: more}, err
}

// explained prints the decisions as a table.
func (a *app) explained(x admin.Explained) error {
	t := a.table("time", "point", "exit", "verdict", "code", "took", "why")
	for _, d := range x.Decisions {
		took := "-"
		if d.Duration > 0 {
			took = d.Duration.Round(time.Microsecond).String()
		}
		why := changesOf(d.Changes)
		if d.Detail != "" {
			why = append([]string{d.Detail}, why...)
		}
		err := t.row(plain(d.Time.Local().Format("2006-01-02 15:04:05.000")), plain(d.Point), plain(d.Exit), verdictCell(d), plain(dash(string(d.Code))),
			number(took), plain(strings.Join(why, ", ")))
		if err != nil {
			return err
		}
	}
	if err := t.end(); err != nil || x.More == 0 {
		return err
	}
	return a.printf("and %d more that are not kept\n", x.More)
}

func verdictCell(d catalog.Decision) cell {
	switch {
	case d.Failed:
		return cell{text: d.Verdict + " (failed)", colour: red}
	case d.Verdict == sdk.Deny.String():
		return cell{text: d.Verdict, colour: red}
	case d.Verdict == sdk.Allow.String():
		return cell{text: d.Verdict, colour: green}
	}
	return plain(d.Verdict)
}
