package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/count"
)

func newStatusCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Tell what the running server is doing", Args: noArgs,
		RunE: app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
			s, err := c.Status(ctx)
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(s)
			}
			return app.print(statusText(s, app.now()))
		})}
}

func statusText(s admin.Status, now time.Time) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, safe(fmt.Sprintf(format, args...)))
	}
	line("server", "%s, process %d, up %s", s.Version, s.PID, now.Sub(s.Started).Round(time.Second))
	line("config", "%s", s.Config)
	line("data", "%s", nearby(s.DataDir))
	line("sessions", "%s", usageText(s.Sessions))
	line("transfers", "%s", usageText(s.Transfers))
	line("knows", "%s, %s", count.Of(s.Partners, "partner"), count.Of(s.Flows, "flow"))
	line("banned", "%s, %s since the start", count.Of(s.Banned, "address"), count.Of(s.Bans, "ban"))
	line("catalog", "%s in %s, %s", count.Of(s.Catalog.Writes, "write"), count.Of(s.Catalog.Commits, "commit"), count.Of(s.Catalog.Reads, "read"))
	if !s.NextPurge.IsZero() {
		line("purge", "next at %s", s.NextPurge.Local().Format(time.DateTime))
	}
	for _, l := range s.Listeners {
		secure := ""
		if l.TLS {
			secure = " over TLS"
		}
		line("listener", "%s: %s%s at %s", l.Name, l.Protocol, secure, l.Address)
	}
	if s.Telemetry != "" {
		line("metrics", "http://%s/metrics", s.Telemetry)
	}
	return b.String()
}

func usageText(u admin.Usage) string {
	if u.Limit == 0 {
		return fmt.Sprintf("%d, no limit", u.Used)
	}
	return fmt.Sprintf("%d of %d", u.Used, u.Limit)
}
