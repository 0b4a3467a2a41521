package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/sdk"
)

const pluginNewLong = `New begins a plugin in a folder of its own: a source with one function filled in, a
Makefile whose default target builds NAME.wasm, an event to try an exit with, a
README, and the SDK, so that nothing else is needed: no repository and no network,
only the language's compiler. A backend is one that keeps its files in another one; a
protocol is one of lines, with sync points and restart, and conversations to try it with.`

func newPluginNewCommand(app *app) *cobra.Command {
	var kind, language, dir string
	cmd := &cobra.Command{Use: "new NAME", Short: "Begin a new plugin in a folder of its own", Long: pluginNewLong, Args: oneArg,
		RunE: func(_ *cobra.Command, args []string) error { return app.newPlugin(args[0], kind, language, dir) }}
	var languages []string
	for _, l := range author.Languages(sdk.PluginExit) {
		languages = append(languages, l.Name)
	}
	cmd.Flags().StringVar(&kind, "kind", "exit", "what it is: `exit`, backend or protocol")
	cmd.Flags().StringVar(&language, "lang", "go", "the `language`: "+strings.Join(languages, ", ")+"; of a backend or protocol: go")
	cmd.Flags().StringVar(&dir, "dir", "", "the new `folder` (default ./NAME)")
	mustComplete(cmd, "kind", author.Kinds()...)
	mustComplete(cmd, "lang", languages...)
	return cmd
}

func (a *app) newPlugin(name, kind, language, dir string) error {
	if !slices.Contains(author.Kinds(), kind) {
		return usagef("--kind is %q: it must be %s", kind, strings.Join(author.Kinds(), " or "))
	}
	var known []string
	for _, l := range author.Languages(kind) {
		known = append(known, l.Name)
	}
	if !slices.Contains(known, language) {
		other := ""
		if kind == "exit" {
			other = "; in any other that makes WASI programs an exit reads and writes JSON, without an SDK"
		}
		return usagef("--lang is %q: of %ss there is an SDK for %s%s", language, kind, strings.Join(known, ", "), other)
	}
	if err := author.CheckName(name); err != nil {
		return usage(err)
	}
	dir = cmp.Or(dir, name)
	if err := author.New(dir, name, kind, language); err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(map[string]string{"name": name, "kind": kind, "language": language, "dir": dir, "module": name + ".wasm"})
	}
	try := "plugin test " + name + ".wasm --event events/identify.json"
	switch kind {
	case sdk.PluginBackend:
		try = "plugin inspect " + name + ".wasm"
	case sdk.PluginProtocol:
		try = "plugin test " + name + ".wasm --transcript transcripts/answering.txt"
	}
	return a.printf("wrote %[1]s\nnext:\n  cd %[1]s\n  make        # builds %[2]s.wasm\n  postern %[3]s\n", safe(dir), name, try)
}
