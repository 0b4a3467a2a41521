package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

const pluginTestLong = `Test asks a plugin about events, without a server, and prints what it answers: the
verdict, the fields that it changed, and what that cost. FILE is a WASM module or
a program. An event is one question in JSON:

  {"point": "identify", "config": {...}, "facts": {"claim": {"name": "PARIS"}}}

Exit status 0 when the plugin answered, whatever the verdict, and 1 when it gave
no answer. --expect makes it a check: 1 unless every answer is the expected one.

--replay DIR asks what 'postern serve --record DIR' has stored, at the time that
it had then, and prints what would come out differently. A password that was
masked counts as right, unless it was refused then. Exit status 1 with --expect
same when something differs.

--transcript plays written conversations with a protocol: what the peer sends, what
the protocol makes of it, what the server says and which bytes that gives. The
format is that of sdk/sdktest/transcript. Exit status 1 when one went otherwise.

--file passes a file through a filter; at open and verify it is the file that may
be read (grant it: --grant file).`

// pluginTest are the flags of the verb.
type pluginTest struct {
	pluginFlags
	events   []string
	replay   string
	recorded string
	expect   string
	repeat   int
	file     string
	out      string
	scripts  []string
}

var expectations = []string{"pass", "allow", "refuse", "fail", "same"}

func newPluginTestCommand(app *app) *cobra.Command {
	var p pluginTest
	cmd := &cobra.Command{Use: "test FILE", Short: "Ask a plugin about events, written by hand or recorded", Long: pluginTestLong, Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error { return app.testPlugin(cmd.Context(), args[0], p) }}
	f := cmd.Flags()
	f.StringArrayVar(&p.events, "event", nil, "an event, or a folder of them: a `file` in JSON (may be repeated)")
	f.StringVar(&p.replay, "replay", "", "ask all recorded events of this `folder` and print what would change")
	f.StringVar(&p.recorded, "of", "", "replay only what this `exit` was asked (default: --exit)")
	f.StringVar(&p.expect, "expect", "", "fail unless each answer is `this`: pass, allow, refuse, fail; with --replay same")
	f.IntVar(&p.repeat, "repeat", 1, "ask each event so many times; the answers must be equal")
	f.StringVar(&p.file, "file", "", "pass this `file` through a filter, or let it be read at open and verify")
	f.StringArrayVar(&p.scripts, "transcript", nil, "play the conversations of this `file` with a protocol (may be repeated)")
	f.StringVar(&p.out, "out", "", "write what the filter made of it to this `file`")
	p.add(f)
	mustComplete(cmd, "expect", expectations...)
	cmd.MarkFlagsMutuallyExclusive("event", "replay", "transcript")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if f := cmd.Flags(); !f.Changed("event") && !f.Changed("replay") && !f.Changed("transcript") {
			return usagef("one of --event, --replay and --transcript is missing: what is it to be asked?")
		}
		return nil
	}
	return cmd
}

func (a *app) testPlugin(ctx context.Context, path string, p pluginTest) error {
	switch {
	case p.expect != "" && !slices.Contains(expectations, p.expect):
		return usagef("--expect is %q: it must be one of %s", p.expect, strings.Join(expectations, ", "))
	case (p.expect == "same") != (p.replay != "") && p.expect != "":
		return usagef("--expect same goes with --replay, the others with --event")
	case p.out != "" && p.file == "":
		return usagef("--out needs --file")
	}
	bench, own, err := a.bench(path, p.pluginFlags)
	if err != nil {
		return err
	}
	if len(p.scripts) > 0 {
		n, err := bench.PlayTranscripts(ctx, own, p.scripts)
		if err != nil {
			return err
		}
		return a.printf("%s, as written, byte by byte and all at once: as it should be\n", count.Of(n, "conversation"))
	}
	if p.replay != "" {
		return a.replayPlugin(ctx, bench, own, p)
	}
	events, err := author.ReadEvents(p.events)
	if err != nil {
		return err
	}
	if p.file != "" && slices.Equal(author.Points(events), []sdk.Point{sdk.PointFilter}) {
		return a.passFile(ctx, bench, own, events, p)
	}
	return a.tryEvents(ctx, bench, own, events, p)
}

func (a *app) tryEvents(ctx context.Context, bench *wiring.Bench, own json.RawMessage, events []author.Event, p pluginTest) error {
	o := author.Options{Config: own, Repeat: p.repeat}
	if p.file != "" {
		f, err := os.Open(p.file)
		if err != nil {
			return err
		}
		defer f.Close()
		o.Content = f
	}
	answers := []author.Answer{}
	var unexpected []error
	failed := 0
	err := author.Try(ctx, bench.Load, events, o, func(x author.Answer) error {
		if p.expect != "" {
			if err := x.Expected(p.expect); err != nil {
				unexpected = append(unexpected, err)
			}
		} else if x.Failed != "" {
			failed++
		}
		answers = append(answers, x)
		if a.json() {
			return nil
		}
		return a.print(answerText(x))
	})
	if err != nil {
		return err
	}
	if a.json() {
		if err := a.printJSON(answers); err != nil {
			return err
		}
	}
	if failed > 0 {
		unexpected = append(unexpected, fmt.Errorf("%d of %s got no answer", failed, count.Of(len(events), "event")))
	}
	return errors.Join(unexpected...)
}

// answerText prints an answer as its author reads it.
func answerText(x author.Answer) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", name, safe(value))
		}
	}
	head := cmp.Or(x.Verdict, "no answer")
	if x.Code != "" {
		head += " " + string(x.Code)
	}
	if x.Temporary {
		head += " (temporary)"
	}
	fmt.Fprintf(&b, "%s at %s: %s\n", safe(shortName(x.Event)), x.Point, safe(head))
	line("failed", x.Failed)
	line("public", x.Public)
	line("detail", x.Detail)
	for _, c := range changesOf(x.Changes) {
		line("changes", c)
	}
	line("note", x.Note)
	for _, l := range x.Log {
		line("log", l)
	}
	if x.Fuel > 0 {
		line("fuel", grouped(x.Fuel))
	}
	took := time.Duration(x.TimeNS).String()
	if x.Times > 1 {
		took += fmt.Sprintf(" (median of %d, slowest %v)", x.Times, time.Duration(x.SlowestNS))
	}
	line("time", took)
	if x.Memory > 0 {
		line("memory", byteCount(x.Memory))
	}
	return b.String()
}

// changesOf lists the members of an object as name = value.
func changesOf(raw json.RawMessage) (out []string) {
	all := membersOf(raw)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, name+" = "+string(all[name]))
	}
	return out
}
