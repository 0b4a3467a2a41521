package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

const pluginBenchLong = `Bench asks a plugin one event over and over and prints how many answers it gives
in a second, how long they take, and what each costs. An event at the point
filter measures how many bytes pass the filter in a second instead. The numbers
are of the plugin alone: no network, no disk.`

type pluginBench struct {
	pluginFlags
	events   []string
	time     time.Duration
	parallel int
	size     string
	file     string
}

func newPluginBenchCommand(app *app) *cobra.Command {
	var p pluginBench
	cmd := &cobra.Command{Use: "bench FILE", Short: "Measure how fast a plugin answers, or how fast a filter is", Long: pluginBenchLong, Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error { return app.benchPlugin(cmd.Context(), args[0], p) }}
	f := cmd.Flags()
	f.StringArrayVar(&p.events, "event", nil, "an event, or a folder of them: a `file` in JSON (may be repeated)")
	f.DurationVar(&p.time, "time", 2*time.Second, "how long each event is asked")
	f.IntVar(&p.parallel, "parallel", 1, "how many ask at once")
	f.StringVar(&p.size, "size", "256MiB", "bytes that pass a filter")
	f.StringVar(&p.file, "file", "", "what passes a filter: this `file`, over and over (default: bytes that look random)")
	p.add(f)
	if err := cmd.MarkFlagRequired("event"); err != nil {
		panic(err)
	}
	return cmd
}

func (a *app) benchPlugin(ctx context.Context, path string, p pluginBench) error {
	var size config.Size
	if err := size.UnmarshalText([]byte(p.size)); err != nil || size.Bytes() <= 0 {
		return usagef("--size is %q: it must be a size like 64KiB, 1MiB or 20M", p.size)
	}
	if p.parallel < 1 || p.time <= 0 {
		return usagef("--parallel and --time must be more than 0")
	}
	b, own, err := a.bench(path, p.pluginFlags)
	if err != nil {
		return err
	}
	events, err := author.ReadEvents(p.events)
	if err != nil {
		return err
	}
	content, err := p.content(size.Bytes())
	if err != nil {
		return err
	}
	results := []any{}
	for _, e := range events {
		config := e.Config
		if own != nil {
			config = own
		}
		if string(config) == "{}" {
			config = nil
		}
		plugin, err := b.Load(ctx, config, author.Points([]author.Event{e}))
		if err != nil {
			return err
		}
		result, text, err := measure(ctx, plugin, e, p, content())
		if err = errors.Join(err, plugin.Close(ctx)); err != nil {
			return err
		}
		results = append(results, result)
		if a.json() {
			continue
		}
		if err := a.print(text); err != nil {
			return err
		}
	}
	if a.json() {
		return a.printJSON(results)
	}
	return nil
}

// content gives what passes a filter, from its beginning each time.
func (p *pluginBench) content(size int64) (func() io.Reader, error) {
	if p.file == "" {
		return func() io.Reader { return author.Data(size) }, nil
	}
	b, err := os.ReadFile(p.file)
	if err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, usagef("%s is empty", p.file)
	}
	return func() io.Reader { return author.Repeat(b, size) }, nil
}

// measure gives the numbers, and what they read like.
func measure(ctx context.Context, plugin author.Plugin, e author.Event, p pluginBench, content io.Reader) (any, string, error) {
	head := fmt.Sprintf("%s at %s\n", safe(shortName(e.File)), e.Question.Point)
	if e.Question.Point == sdk.PointFilter {
		sum, err := author.Pass(ctx, plugin, e.Question.Facts, content, io.Discard)
		return sum, fmt.Sprintf("%s  %.0f MB/s: %s in, %s out, %s\n", head, sum.MBs, byteCount(sum.In), byteCount(sum.Out), count.Of(sum.Blocks, "block")), err
	}
	s, err := author.Bench(ctx, plugin, e, p.time, p.parallel)
	text := fmt.Sprintf("%s  %s calls/s (%s calls, %d at once)\n  latency   p50 %v  p99 %v  max %v\n", head, grouped(int64(s.PerS)), grouped(int64(s.Calls)),
		s.Parallel, time.Duration(s.MedianNS), time.Duration(s.P99NS), time.Duration(s.MaxNS))
	if s.Fuel > 0 {
		text += fmt.Sprintf("  fuel      %s a call\n", grouped(s.Fuel))
	}
	if s.Memory > 0 {
		text += fmt.Sprintf("  memory    %s\n", byteCount(s.Memory))
	}
	return s, text, err
}
