package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/sdk"
)

const pluginInspectLong = `Inspect looks at a plugin file: what it says of itself, which grants it needs, what
it imports and exports, its digest and its signature. A module is checked as a
server does when it loads it; a program is started, asked what it is, and ended.
Exit status 1 when a server would not load it. Whether the signer is trusted is
said by plugins.trust of the configuration, where there is one.`

func newPluginInspectCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "inspect FILE", Short: "Show what a plugin file is, serves and needs", Long: pluginInspectLong, Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error { return app.inspectPlugin(cmd.Context(), args[0]) }}
}

func (a *app) inspectPlugin(ctx context.Context, path string) error {
	trusted, err := a.trusted()
	if err != nil {
		return err
	}
	r, err := wiring.InspectPlugin(ctx, path, trusted)
	if r.Kind == "" {
		return err // nothing is known
	}
	var printed error
	if a.json() {
		printed = a.printJSON(r)
	} else {
		printed = a.print(reportText(r))
	}
	if printed != nil {
		return printed
	}
	return err
}

// trusted are the keys of the configuration; none where there is no configuration.
func (a *app) trusted() ([]artifact.Key, error) {
	if _, err := os.Stat(a.configFile()); errors.Is(err, fs.ErrNotExist) && a.configPath == "" {
		return nil, nil
	}
	l, err := a.load(nil)
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(filepath.Dir(a.configFile()))
	if err != nil {
		return nil, err
	}
	var out []artifact.Key
	for _, entry := range l.Plugins.Trust {
		k, err := artifact.ReadKey(entry, folder)
		if err != nil {
			return nil, fmt.Errorf("plugins.trust: %w", err)
		}
		out = append(out, k)
	}
	return out, nil
}

func reportText(r author.Report) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, safe(value))
		}
	}
	points := make([]string, len(r.Points))
	for i, p := range r.Points {
		points[i] = string(p)
	}
	line("file", r.File)
	line("kind", r.Kind)
	line("encoding", r.Encoding)
	line("name", strings.TrimSpace(r.Name+" "+r.Version))
	line("contract", r.Contract)
	if slices.Contains(r.Serves, sdk.PluginBackend) || slices.Contains(r.Serves, sdk.PluginProtocol) {
		line("serves", strings.Join(r.Serves, " "))
	} else {
		line("points", words(points))
	}
	if slices.Contains(r.Serves, sdk.PluginBackend) {
		abilities := make([]string, len(r.Abilities))
		for i, a := range r.Abilities {
			abilities[i] = string(a)
		}
		line("abilities", words(abilities))
	}
	line("grants", words(r.Grants))
	line("may use", strings.Join(r.MayUse, " "))
	if slices.Contains(r.Points, sdk.PointFilter) {
		line("filter", cmp.Or(filterTraits(r), "each block as long as it was, without a state"))
	}
	for _, t := range r.Terms {
		line("term", fmt.Sprintf("%s (%v): %s", t.Name, t.Default, t.Describe))
	}
	for _, t := range r.Settings {
		line("setting", fmt.Sprintf("%s (%v): %s", t.Name, t.Default, t.Describe))
	}
	if m := r.Memory; m != nil {
		line("memory", fmt.Sprintf("%s, may grow to %s", byteCount(m.Least), byteCount(m.Most)))
	}
	line("size", byteCount(r.Size))
	line("sha256", r.SHA256)
	line("signature", strings.TrimSpace(r.Signature.State+" "+r.Signature.Key))
	line("comment", r.Signature.Comment)
	for _, f := range r.Imports {
		line("import", f.Module+"."+f.Name+" "+f.Signature)
	}
	for _, f := range r.Exports {
		line("export", f.Name+" "+f.Signature)
	}
	return b.String()
}

func filterTraits(r author.Report) string {
	var out []string
	if r.ChangesLength {
		out = append(out, "changes lengths")
	}
	if r.State {
		out = append(out, "has a state")
	}
	if r.Restarts {
		out = append(out, "gives its state at sync points")
	}
	return strings.Join(out, ", ")
}
