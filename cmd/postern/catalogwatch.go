package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/session"
)

const watchLong = `Watch shows what the running server transfers, with rate and remaining time, until
Ctrl-C ends it: as a table that is drawn anew on a terminal, as a line for each
transfer elsewhere. Remaining time is known where the peer has said how long the
file is. JSON (-o json) is one object a line. A transfer that came to its end is
shown once more, with what it came to.`

func newCatalogWatchCommand(app *app) *cobra.Command {
	var every time.Duration
	var once bool
	cmd := &cobra.Command{Use: "watch", Short: "Show running transfers with rate and remaining time", Long: watchLong, Args: noArgs}
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if every < 200*time.Millisecond || every > time.Hour {
			return usagef("--every is %s: it must be from 200ms to 1h", every)
		}
		return nil
	}
	cmd.RunE = app.asks(func(ctx context.Context, c *admin.Client, _ []string) error {
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
		return app.watchTransfers(ctx, c, every, once)
	})
	cmd.Flags().DurationVar(&every, "every", time.Second, "how often it looks")
	cmd.Flags().BoolVar(&once, "once", false, "look once")
	return cmd
}

func (a *app) watchTransfers(ctx context.Context, c *admin.Client, every time.Duration, once bool) error {
	show := a.watchView()
	m := &meter{}
	timer := time.NewTicker(every)
	defer timer.Stop()
	for {
		all, err := c.Live(ctx)
		if ctx.Err() != nil {
			return nil // Ctrl-C is how a watch ends
		}
		if err != nil {
			return err
		}
		running, gone := m.take(a.now(), all)
		ended, err := a.ends(ctx, c, gone)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err := show(running, ended); err != nil || once {
			return err
		}
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// ends asks what became of transfers that are not running any more. One that left nothing is not shown.
func (a *app) ends(ctx context.Context, c *admin.Client, gone []session.Live) (out []watched, err error) {
	for _, l := range gone {
		e, err := c.Entry(ctx, l.ID)
		var p *admin.Problem
		if errors.As(err, &p) {
			continue
		}
		if err != nil {
			return out, err
		}
		if e.Status() == catalog.Running { // between two looks, with another session
			continue
		}
		l.Bytes, l.SyncPoint, l.State = e.Bytes, e.Point.Number, ""
		w := watched{Time: a.now(), Live: l, Status: string(e.Status())}
		if took := e.EndedAt.Sub(l.BeganAt).Seconds(); took > 0 && !l.BeganAt.IsZero() {
			w.Rate = float64(max(l.Bytes-l.From, 0)) / took
		}
		out = append(out, w)
	}
	return out, nil
}

// watchView is how what is watched is shown.
func (a *app) watchView() func(running, ended []watched) error {
	switch f, ok := a.out.(*os.File); {
	case a.json():
		return a.watchJSON
	case ok && term.IsTerminal(int(f.Fd())):
		return (&screen{app: a, size: func() (int, int) {
			w, h, err := term.GetSize(int(f.Fd()))
			if err != nil {
				return 80, 24
			}
			return w, h
		}}).show
	}
	return a.watchLines
}

func (a *app) watchJSON(running, ended []watched) error {
	for _, w := range append(ended, running...) {
		b, err := json.Marshal(w)
		if err != nil {
			return err
		}
		if err := a.print(string(safeJSON(b)) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// watchLines prints a line for each transfer.
func (a *app) watchLines(running, ended []watched) error {
	for _, w := range append(ended, running...) {
		line := []string{w.Time.Local().Format(time.TimeOnly), w.ID[:min(shortID, len(w.ID))], arrowOf(w), w.Partner, w.Flow, naming.Shown(w.Flow, w.File, w.Label), stateOf(w), doneOf(w), rateOf(w.Rate)}
		if w.Left != nil {
			line = append(line, leftOf(w)+" left")
		}
		if err := a.print(safe(strings.Join(line, " ")) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

func arrowOf(w watched) string { return arrow(catalog.Entry{Direction: w.Direction}) }

func stateOf(w watched) string {
	if w.Status == string(catalog.Running) && w.State != "moving" && w.State != "" {
		return w.State
	}
	return w.Status
}

func statusOf(w watched) catalog.Status { return catalog.Status(w.Status) }

func doneOf(w watched) string {
	if w.Size <= 0 || w.Status == string(catalog.Done) {
		return sizeText(float64(w.Bytes))
	}
	return fmt.Sprintf("%s of %s (%d%%)", sizeText(float64(w.Bytes)), sizeText(float64(w.Size)), min(w.Bytes*100/w.Size, 100))
}

func rateOf(r float64) string { return sizeText(r) + "/s" }

func leftOf(w watched) string {
	if w.Left == nil {
		return "-"
	}
	return time.Duration(*w.Left * float64(time.Second)).String()
}

// sizeText writes a number of bytes as people read it.
func sizeText(n float64) string {
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if n < 1000 {
			if unit == "B" || n >= 100 {
				return fmt.Sprintf("%.0f %s", n, unit)
			}
			return fmt.Sprintf("%.1f %s", n, unit)
		}
		n /= 1024
	}
	return fmt.Sprintf("%.1f TiB", n)
}
