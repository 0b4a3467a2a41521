package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/core/count"
)

const salvageLong = `Salvage makes a new catalog of what can be read of a damaged one, while no server
runs. The damaged one is kept beside it. What is saved is whole: rows whose
checksum is wrong are lost and counted.`

func newCatalogSalvageCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "salvage", Short: "Save what can be read of a damaged catalog", Long: salvageLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			l, folder, err := app.lockData("catalog salvage")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, folder.Close()) }()
			n, err := openNote(l, "catalog salvage")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, n.close()) }()
			s, err := inspect.Salvage(cmd.Context(), l.DataDir, app.now())
			if err != nil {
				n.add(audit.Record{Failure: err.Error()})
				return err
			}
			n.add(audit.Record{Count: int64(s.Lost), Path: s.Damaged, Detail: strings.TrimSpace(strings.ReplaceAll(salvagedText(s), "\n", "; "))})
			if app.json() {
				return app.printJSON(s)
			}
			return app.print(salvagedText(s))
		}}
}

func salvagedText(s inspect.Salvaged) string {
	if s.Damaged == "" {
		return "an earlier salvage that was cut short is finished\n"
	}
	text := fmt.Sprintf("saved %s, %s, %s, %s and %s about partners\n", count.Of(s.Entries, "entry"), count.Of(s.Points, "sync point"),
		count.Of(s.Events, "event"), count.Of(s.Refusals, "refusal"), count.Of(s.Overrides, "decision"))
	if s.Lost > 0 {
		text += fmt.Sprintf("lost %s\n", count.Of(s.Lost, "row"))
	}
	if s.LostPages {
		text += "part of the file could not be read, there may have been more\n"
	}
	return text + "the damaged catalog is kept in " + safe(nearby(s.Damaged)) + "\nnext: postern catalog check\n"
}
