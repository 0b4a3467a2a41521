package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/author"
)

const pluginNewLong = `New begins an exit in a folder of its own: a source with one function filled in, a
Makefile whose default target builds NAME.wasm, an event to try it with, a README,
and the SDK, so that nothing else is needed: no repository and no network, only the
language's compiler.`

func newPluginNewCommand(app *app) *cobra.Command {
	var kind, language, dir string
	cmd := &cobra.Command{Use: "new NAME", Short: "Begin a new exit in a folder of its own", Long: pluginNewLong, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return app.newPlugin(args[0], kind, language, dir) }}
	var languages []string
	for _, l := range author.Languages() {
		languages = append(languages, l.Name)
	}
	cmd.Flags().StringVar(&kind, "kind", "exit", "what it is: `exit`, the only kind there is in this version")
	cmd.Flags().StringVar(&language, "lang", "go", "the `language`: "+strings.Join(languages, ", "))
	cmd.Flags().StringVar(&dir, "dir", "", "the new `folder` (default ./NAME)")
	mustComplete(cmd, "kind", "exit")
	mustComplete(cmd, "lang", languages...)
	return cmd
}

func (a *app) newPlugin(name, kind, language, dir string) error {
	if kind != "exit" {
		return usagef("--kind is %q: it must be exit", kind)
	}
	known := slices.ContainsFunc(author.Languages(), func(l author.Language) bool { return l.Name == language })
	if !known {
		return usagef("--lang is %q: there is no SDK for it", language)
	}
	if err := author.CheckName(name); err != nil {
		return usage(err)
	}
	dir = cmp.Or(dir, name)
	if err := author.New(dir, name, language); err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(map[string]string{"name": name, "language": language, "dir": dir, "module": name + ".wasm"})
	}
	return a.printf("wrote %[1]s\nnext:\n  cd %[1]s\n  make        # builds %[2]s.wasm\n"+
		"  postern plugin test %[2]s.wasm --event events/identify.json\n", safe(dir), name)
}
