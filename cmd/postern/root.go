package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/postern/postern/cmd/internal/config"
)

const rootLong = `Postern is a file-transfer server. It accepts calls, walks five phases (call,
negotiation, file, data, disconnection) and keeps a catalog of every transfer.

'postern demo' shows it all in one command, 'postern init' writes a first
configuration, 'postern serve' runs the server.

Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused by the
other side (or nothing to receive), 4 interrupted and restartable.`

// newRootCommand lists every verb there is.
func newRootCommand(app *app) *cobra.Command {
	root := &cobra.Command{
		Use: "postern", Short: "A file-transfer server, its requester and its tools", Long: rootLong,
		Version: app.version, SilenceErrors: true, SilenceUsage: true,
		Args: onlyVerbs, RunE: whichVerb, PersistentPreRunE: app.before,
	}
	root.SetVersionTemplate("postern {{.Version}}\n")
	root.SetIn(app.in)
	root.SetOut(app.out)
	root.SetErr(app.errs)
	app.wrapHelp(root)
	flags := root.PersistentFlags()
	flags.StringVar(&app.configPath, "config", "", "configuration `file` (default $POSTERN_CONFIG, else ./postern.yaml)")
	flags.StringArrayVar(&app.set, "set", nil, "set one value of the configuration: `key=value` (may be repeated)")
	flags.StringVarP(&app.output, "output", "o", outputText, "how data is printed: `text or json`")
	mustComplete(root, "output", outputText, outputJSON)
	root.AddCommand(
		newServeCommand(app),
		newDemoCommand(app),
		newInitCommand(app),
		newConfigCommand(app),
		newReloadCommand(app),
		newStatusCommand(app),
		newPartnerCommand(app),
		newOfferCommand(app),
		newSendCommand(app),
		newRecvCommand(app),
		newCatalogCommand(app),
		newRefusalsCommand(app),
		newAuditCommand(app),
		newPluginCommand(app),
		newVersionCommand(app),
	)
	return root
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, app *app, args []string) int {
	root := newRootCommand(app)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return statusDone
	}
	status := app.statusOf(err)
	if message := err.Error(); message != "" {
		fmt.Fprintln(app.errs, prefix(err)+safeLines(message))
	}
	if status == statusUsage && !app.began {
		fmt.Fprintf(app.errs, "run '%s --help' for help\n", cmd.CommandPath())
	}
	return status
}

// prefix says who speaks, but not ahead of faults: editors look for file:line:col at the beginning of a line.
func prefix(err error) string {
	var faults config.Faults
	if errors.As(err, &faults) {
		return ""
	}
	return "postern: "
}

// before runs once the command line has been understood, ahead of the verb itself.
func (a *app) before(cmd *cobra.Command, _ []string) error {
	if !slices.Contains([]string{outputText, outputJSON}, a.output) {
		return usagef("--output is %q: it must be text or json", a.output)
	}
	if missing := missingFlags(cmd); len(missing) > 0 {
		verb := "is"
		if len(missing) > 1 {
			verb = "are"
		}
		return usagef("%s %s missing", strings.Join(missing, " and "), verb)
	}
	if err := cmd.ValidateFlagGroups(); err != nil {
		return usage(err)
	}
	a.began = true
	return nil
}

// missingFlags are those that the verb cannot do without and was called without.
func missingFlags(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Annotations[cobra.BashCompOneRequiredFlag] != nil && !f.Changed {
			names = append(names, "--"+f.Name)
		}
	})
	return names
}

// wrapHelp has the help of flags keep to the width of the terminal: a word that the terminal breaks cannot be read.
func (a *app) wrapHelp(root *cobra.Command) {
	if width := a.width(a.out); width > 0 {
		root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", width)))
	}
}

// newGroup makes a verb that only holds others.
func newGroup(name, short string, verbs ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: name, Short: short, Args: onlyVerbs, RunE: whichVerb}
	g.AddCommand(verbs...)
	return g
}

// onlyVerbs refuses a word that is no verb of the group.
func onlyVerbs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	message := fmt.Sprintf("%q is no verb of %s", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += fmt.Sprintf(" (did you mean %s?)", near[0])
	}
	return usagef("%s", message)
}

// whichVerb answers a group that was called without a verb.
func whichVerb(cmd *cobra.Command, _ []string) error {
	cmd.SetOut(cmd.ErrOrStderr())
	if err := cmd.Help(); err != nil {
		return err
	}
	return usage(nil)
}
