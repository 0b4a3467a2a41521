package main

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
)

func newRefusalsCommand(app *app) *cobra.Command {
	return newGroup("refusals", "See what was refused", newRefusalsListCommand(app))
}

func newRefusalsListCommand(app *app) *cobra.Command {
	var q admin.RefusalQuery
	var when period
	cmd := &cobra.Command{Use: "list", Short: "List what was refused, oldest first", Args: noArgs}
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		if q.Limit, err = app.limit(cmd, q.Limit); err == nil {
			q.Since, q.Until, err = when.times(app.now())
		}
		return err
	}
	cmd.RunE = app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
		if app.json() {
			return app.printArray(c.Refusals(ctx, q))
		}
		t := app.table("time", "id", "phase", "code", "exit", "partner", "flow", "file", "peer", "listener", "times", "reason")
		t.spare = []string{"listener", "exit", "times", "peer", "phase", "file", "flow"}
		for raw, err := range c.Refusals(ctx, q) {
			if err != nil {
				return err
			}
			var r catalog.Refusal
			if err := json.Unmarshal(raw, &r); err != nil {
				return err
			}
			err := t.row(moment(r.Time), plain(dash(r.ID[:min(shortID, len(r.ID))])), plain(r.Phase), plain(string(r.Code)), plain(dash(r.Exit)),
				plain(dash(r.Partner)), plain(dash(r.Flow)), plain(dash(naming.Shown(r.Flow, r.File, r.Label))), plain(r.Peer), plain(r.Listener),
				number(strconv.FormatInt(r.Count, 10)), plain(r.Why()))
			if err != nil {
				return err
			}
		}
		return t.end()
	})
	f := cmd.Flags()
	f.StringVar(&q.Partner, "partner", "", "only of this partner")
	f.StringVar(&q.Code, "code", "", "only with this code")
	f.StringVar(&q.Phase, "phase", "", "only in this phase")
	addListFlags(f, &when, &q.Limit)
	app.completeNames(cmd)
	return cmd
}
