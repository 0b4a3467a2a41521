package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/catalog"
)

func newCatalogShowCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show one entry with everything that was decided about it", Args: oneArg, ValidArgsFunction: app.completeIDs,
		RunE: app.asks(func(ctx context.Context, c *admin.Client, args []string) error {
			e, err := c.Entry(ctx, args[0])
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(e)
			}
			return app.print(entryText(e))
		})}
}

// entryText prints what is known of an entry; what is not is left out.
func entryText(e catalog.Entry) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-15s %s\n", name, safe(value))
		}
	}
	for _, f := range entryFields(e) {
		line(f[0], f[1])
	}
	for _, named := range []struct {
		name   string
		values map[string]string
	}{{"attribute", e.Attributes}, {"label", e.Labels}} {
		for _, k := range slices.Sorted(maps.Keys(named.values)) {
			line(named.name, k+" = "+named.values[k])
		}
	}
	for _, d := range e.Decisions {
		line("decision", strings.TrimSpace(fmt.Sprintf("%s %s: %s said %s %s %s", instant(d.Time), d.Point, d.Exit, d.Verdict, d.Code, d.Changes)))
	}
	return b.String()
}

func entryFields(e catalog.Entry) [][2]string {
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	some := func(n int64, s string) string {
		if n == 0 {
			return ""
		}
		return s
	}
	state := string(e.Status()) + " (" + string(e.Stage) + "/" + string(e.Step) + ")"
	return [][2]string{
		{"id", e.ID}, {"status", state}, {"code", string(e.Code)}, {"reason", e.Reason}, {"comment", e.Comment},
		{"kind", string(e.Kind)}, {"direction", string(e.Direction)}, {"role", string(e.Role)},
		{"partner", e.Partner}, {"flow", e.Flow}, {"protocol", e.Protocol}, {"listener", e.Listener},
		{"file", e.File}, {"label", e.Label}, {"text", e.Text},
		{"path", e.Path}, {"backend", e.Backend}, {"size", some(e.Size, count(e.Size))}, {"bytes", count(e.Bytes)},
		{"records", some(e.Records, count(e.Records))}, {"sha256", e.SHA256}, {"wire sha256", e.WireSHA256},
		{"restart", some(e.Point.Number, fmt.Sprintf("from sync point %d, byte %d", e.Point.Number, e.Point.FileOffset))},
		{"attempts", count(int64(e.Attempts))}, {"number", some(e.Number, count(e.Number))}, {"priority", count(int64(e.Priority))},
		{"superseded by", e.Superseded}, {"acknowledged", string(e.Ack)}, {"session", e.Session}, {"peer", e.Peer}, {"peer id", e.PeerID},
		{"created", instant(e.CreatedAt)}, {"started", instant(e.StartedAt)}, {"updated", instant(e.UpdatedAt)}, {"ended", instant(e.EndedAt)},
	}
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.RFC3339)
}
