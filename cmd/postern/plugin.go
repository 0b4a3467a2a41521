package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/count"
)

func newPluginCommand(app *app) *cobra.Command {
	return newGroup("plugin", "Write, check and measure exits, without a server",
		newPluginNewCommand(app), newPluginInspectCommand(app), newPluginTestCommand(app), newPluginBenchCommand(app),
		newPluginListCommand(app), newPluginSignCommand(app), newPluginKeygenCommand(app))
}

// pluginFlags say how a plugin file is loaded.
type pluginFlags struct {
	exit     string
	settings string
	grants   []string
}

func (p *pluginFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.exit, "exit", "", "load it as this `exit` of the configuration, with its grants, limits and settings")
	f.StringVar(&p.settings, "settings", "", "the plugin's own settings: a `file` with one JSON object, in the place of the event's config")
	f.StringArrayVar(&p.grants, "grant", nil, "grant it something: password, stored, verify_password, file, clock, store,\nhttp=ORIGIN or folder=NAME=PATH (may be repeated)")
}

// bench prepares for a plugin file as the flags say. own are the settings it gets in the place of those of an event; nil:
// the event's.
func (a *app) bench(path string, p pluginFlags) (b *wiring.Bench, own json.RawMessage, err error) {
	var section *config.Exit
	if p.exit != "" {
		if section, own, err = a.section(p.exit); err != nil {
			return nil, nil, err
		}
	}
	if p.settings != "" {
		if own, err = readSettings(p.settings); err != nil {
			return nil, nil, err
		}
	}
	b, err = wiring.NewBench(path, section, p.grants, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, usage(err)
	}
	return b, own, nil
}

// section is what the configuration says of an exit, and its own settings.
func (a *app) section(name string) (*config.Exit, json.RawMessage, error) {
	l, err := a.loadResolved()
	if err != nil {
		return nil, nil, err
	}
	if _, ok := l.Exits[name]; !ok {
		return nil, nil, usagef("%s has no exit %q", nearby(l.Path), name)
	}
	x := l.Exit(name)
	own := json.RawMessage("{}")
	if len(x.Config) > 0 {
		if own, err = json.Marshal(x.Config); err != nil {
			return nil, nil, fmt.Errorf("exits.%s.config: %w", name, err)
		}
	}
	return &x, own, nil
}

func readSettings(file string) (json.RawMessage, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(b, &o); err != nil || o == nil {
		return nil, usage(errors.Join(fmt.Errorf("%s holds no JSON object", file), err))
	}
	return b, nil
}

// shortName is an event's file as it is printed.
func shortName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".json") }

// grouped writes a number with commas between its thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// byteCount writes a size as people read it.
func byteCount(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return count.Of(n, "byte")
}
