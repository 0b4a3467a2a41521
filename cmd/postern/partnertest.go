package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/story"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

const partnerTestLong = `Test is a dry run: it walks the phases of a call of the partner and tells which of
them would refuse the file, by which exit and which rule of the configuration,
and what the partner would see. The real exits of the running server are asked,
its limits, catalog and files looked at; without a server there is no dry run,
and 'postern config check' looks at the configuration alone. There is no connection, and nothing is
left: no entry, no file, no counter. The exits see a session that begins with
"test-"; what an exit of your own writes down or counts is its own affair.

What is not given is assumed and said. The password is not checked unless
--password-env names a variable that holds one, nor the SSH key or certificate
unless --key names the .pub file: the partner is taken to hold it.

Exit status 0 when it passes, 3 when it would be refused.`

// partnerTest is what the flags say.
type partnerTest struct {
	admin.Test
	at, passwordEnv, keyFile string
}

func newPartnerTestCommand(app *app) *cobra.Command {
	var t partnerTest
	cmd := &cobra.Command{Use: "test PARTNER --flow FLOW", Short: "Tell which phase would refuse a file, and why, without a connection",
		Long: partnerTestLong, Args: oneArg, ValidArgsFunction: app.completePartner}
	cmd.PreRunE = func(*cobra.Command, []string) error { return app.readTest(&t) }
	ask := app.asks(func(ctx context.Context, c *admin.Client, args []string) error {
		got, err := c.TestPartner(ctx, args[0], t.Test)
		if err != nil {
			return err
		}
		return app.tested(got)
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := ask(cmd, args)
		if none := (noServerError{}); errors.As(err, &none) {
			return fmt.Errorf("%w: what a call meets, the exits, limits, held entries and files, only a running server can tell; "+
				"'postern config check' looks at the configuration alone", err)
		}
		return err
	}
	f := cmd.Flags()
	f.StringVar(&t.Flow, "flow", "", "the flow that is asked for")
	f.StringVar(&t.Direction, "direction", "", "`receive or send`: receive when the partner writes to us (default: as its lists allow)")
	f.StringVar(&t.File, "file", "", "the file's `name`")
	f.Int64Var(&t.Size, "size", 0, "`bytes` that are announced (default: unknown)")
	f.StringVar(&t.From, "from", "", "the `address` that calls (default: one that allow_from allows)")
	f.StringVar(&t.at, "at", "", "`when`: 2026-05-04T06:00:00Z, 2026-05-04 06:00 or 06:00 for today (default: now)")
	f.StringVar(&t.Listener, "listener", "", "the listener that is called (default: one whose protocol the partner may speak)")
	f.StringVar(&t.Protocol, "protocol", "", "the protocol, where no listener is named")
	f.StringVar(&t.passwordEnv, "password-env", "", "environment `variable` that holds the partner's password")
	f.StringVar(&t.keyFile, "key", "", "`file` with the SSH public key or certificate that the partner shows (.pub)")
	mustComplete(cmd, "direction", "receive", "send")
	app.completeNames(cmd)
	return cmd
}

// readTest reads what the flags hold as text.
func (a *app) readTest(t *partnerTest) error {
	var faults []error
	if t.Flow == "" {
		faults = append(faults, errors.New("--flow is missing: which flow?"))
	}
	if !slices.Contains([]string{"", "receive", "send"}, t.Direction) {
		faults = append(faults, fmt.Errorf("--direction is %q: it must be receive or send", t.Direction))
	}
	if t.Size < 0 {
		faults = append(faults, fmt.Errorf("--size is %d: it must be 0, for unknown, or more", t.Size))
	}
	at, err := parseAt(t.at, a.now())
	if err != nil {
		faults = append(faults, err)
	}
	t.At = at
	if t.passwordEnv != "" {
		if password, ok := a.lookupEnv(t.passwordEnv); ok {
			t.Password = &password
		} else {
			faults = append(faults, fmt.Errorf("--password-env: there is no variable %s", t.passwordEnv))
		}
	}
	if t.keyFile != "" {
		if t.Key, err = readPublicKey(t.keyFile); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return usage(err)
	}
	return nil
}

// readPublicKey reads a .pub file, of one line.
func readPublicKey(file string) (string, error) {
	b, err := os.ReadFile(file)
	switch {
	case err != nil:
		return "", fmt.Errorf("--key: %w", err)
	case bytes.Contains(b, []byte("PRIVATE KEY")):
		return "", fmt.Errorf("--key: %s is a private key; name the file that ends with .pub", file)
	case len(b) > 64<<10:
		return "", fmt.Errorf("--key: %s has %s, which is no public key", file, count.Of(len(b), "byte"))
	}
	return strings.TrimSpace(string(b)), nil
}

// parseAt reads a time, a day with an hour, or an hour of today.
func parseAt(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, ok := parseMoment(s, now); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("--at is %q: write 2026-05-04T06:00:00Z, 2026-05-04 06:00 or 06:00", s)
}

// tested prints what would come of it, and ends with status 3 when it would be refused.
func (a *app) tested(got admin.Tested) error {
	var err error
	if a.json() {
		err = a.printJSON(got)
	} else {
		err = a.print(safeLines(testedText(got)))
	}
	if err == nil && !got.Passes {
		return exit(statusRefused, nil)
	}
	return err
}

func testedText(got admin.Tested) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	way := map[string]string{"receive": "sends us", "send": "fetches"}[got.Direction]
	line("%s %s %s, from %s to the listener %s (%s), at %s", got.Partner, way, got.Flow, got.From, got.Listener, got.Protocol,
		got.At.Local().Format(time.RFC3339))
	for _, x := range got.Assumed {
		line("  assumed: %s", x)
	}
	line("")
	for i, p := range got.Phases {
		outcome := p.Outcome
		if p.Refusal != nil {
			outcome = "would be refused: " + p.Refusal.Code
		}
		line("%d %-14s %s", i+1, p.Phase, outcome)
		for _, d := range p.Decisions {
			line("    %s", story.Decision(d))
			if rule := story.Rule(d.Rule, d.Place); rule != "" {
				line("      by %s", rule)
			}
		}
		testedRefusal(line, p.Refusal)
	}
	line("")
	if !got.Passes {
		line("It would be refused.")
		return b.String()
	}
	testedPlace(line, got)
	return b.String()
}

func testedRefusal(line func(string, ...any), r *admin.TestedRefusal) {
	if r == nil {
		return
	}
	line("    why        %s", r.Reason)
	line("    meaning    %s", story.Meaning(sdk.Code(r.Code)))
	by := "the server itself"
	if r.Exit != "" {
		by = "the exit " + r.Exit + " at " + r.Point
	}
	line("    by         %s", by)
	if rule := story.Rule(r.Rule, r.Place); rule != "" {
		line("    rule       %s", rule)
	}
	again := "for good"
	if r.Temporary {
		again = "the partner may try again"
	}
	line("    peer sees  %s; %s", r.Peer, again)
}

// testedPlace tells where the file would go or come from.
func testedPlace(line func(string, ...any), got admin.Tested) {
	verb := "It would pass. The file goes to"
	if got.Direction == "send" {
		verb = "It would pass. The file comes from"
	}
	line("%s %s in the backend %s", verb, got.Path, got.Backend)
	if got.Entry != "" {
		line("  held as     %s", got.Entry)
	}
	o := got.Options
	line("  flow        %s (%s)", got.Flow, o.Place)
	line("  options     on_exists %s, durability %s, records %s", o.OnExists, o.Durability, o.Records)
	if o.MaxSize > 0 {
		line("  max_size    %s", count.Of(o.MaxSize, "byte"))
	}
	for _, u := range got.Unasked {
		line("  not asked   %s at %s: it needs a real file", strings.Join(u.Exits, " "), u.Point)
	}
}
