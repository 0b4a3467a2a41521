package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
)

// shortID is how much of an id a table shows: 48 bits of time and 32 random ones.
const shortID = 16

func newCatalogListCommand(app *app) *cobra.Command {
	var q admin.Query
	var when period
	cmd := &cobra.Command{Use: "list", Short: "List catalog entries, oldest first", Args: noArgs}
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		if q.Status != "" && !slices.Contains(statuses(), q.Status) {
			return usagef("--status is %q: it must be one of %s", q.Status, strings.Join(statuses(), ", "))
		}
		if q.Limit, err = app.limit(cmd, q.Limit); err == nil {
			q.Since, q.Until, err = when.times(app.now())
		}
		return err
	}
	cmd.RunE = app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
		if app.json() {
			return app.printArray(c.Entries(ctx, q))
		}
		return app.listEntries(ctx, c, q, cmd.Flags().Changed("limit"))
	})
	f := cmd.Flags()
	f.StringVar(&q.Partner, "partner", "", "only of this partner")
	f.StringVar(&q.Flow, "flow", "", "only of this flow")
	f.StringVar(&q.File, "file", "", "only files of this `name`, or that match this mask of * and ?; looked for among the newest 100000\nentries that the other choices leave")
	f.StringVar(&q.Status, "status", "", "only in this state: "+strings.Join(statuses(), ", "))
	addListFlags(f, &when, &q.Limit)
	mustComplete(cmd, "status", statuses()...)
	mustCompleteWith(cmd, "file", app.completeFiles)
	app.completeNames(cmd)
	return cmd
}

func statuses() []string {
	var out []string
	for _, s := range catalog.Statuses() {
		out = append(out, string(s))
	}
	return out
}

func (a *app) listEntries(ctx context.Context, c *admin.Client, q admin.Query, limited bool) error {
	t := a.table("created", "id", "", "partner", "flow", "status", "bytes", "file")
	t.spare = []string{"bytes", "created"}
	count := 0
	for raw, err := range c.Entries(ctx, q) {
		if err != nil {
			return err
		}
		var e catalog.Entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("read an entry: %w", err)
		}
		count++
		if err := t.row(moment(e.CreatedAt), plain(e.ID[:min(shortID, len(e.ID))]), plain(arrow(e)), plain(e.Partner), plain(dash(e.Flow)),
			cell{text: string(e.Status()), colour: statusColour(e.Status())}, number(strconv.FormatInt(sizeOf(e), 10)), plain(titleOf(e))); err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	if !limited && count == q.Limit {
		a.warnf("these are the newest %d; --limit 0 lists all", count)
	}
	return nil
}

// titleOf is what an entry is called: a message has no file.
func titleOf(e catalog.Entry) string {
	name := naming.Shown(e.Flow, e.File, e.Label)
	if e.Kind == catalog.Message {
		return "(message) " + name
	}
	return name
}

// arrow points to us for what we receive.
func arrow(e catalog.Entry) string {
	if e.Direction == catalog.Receive {
		return "←"
	}
	return "→"
}

// sizeOf is how many bytes were transferred, or how many there are to fetch.
func sizeOf(e catalog.Entry) int64 {
	if e.Status() == catalog.Available {
		return max(e.Size, 0)
	}
	return e.Bytes
}

func statusColour(s catalog.Status) colour {
	switch s {
	case catalog.Available:
		return blue
	case catalog.Running:
		return cyan
	case catalog.Interrupted, catalog.Suspended:
		return yellow
	case catalog.Kept:
		return red
	case catalog.Done:
		return green
	}
	return ""
}
