package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
)

// mustComplete offers fixed words for a flag.
func mustComplete(cmd *cobra.Command, flag string, words ...string) {
	mustCompleteWith(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// mustCompleteWith only fails for a flag that does not exist, which the first run shows.
func mustCompleteWith(cmd *cobra.Command, flag string, words cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, words); err != nil {
		panic(err)
	}
}

// completeNames offers the configuration's names for --partner and --flow, those of the two that a verb has.
func (a *app) completeNames(cmd *cobra.Command) {
	if cmd.Flags().Lookup("partner") != nil {
		mustCompleteWith(cmd, "partner", a.names(func(l *config.Loaded) []string { return slices.Sorted(maps.Keys(l.Partners)) }))
	}
	if cmd.Flags().Lookup("flow") != nil {
		mustCompleteWith(cmd, "flow", a.names(func(l *config.Loaded) []string { return slices.Sorted(maps.Keys(l.Flows)) }))
	}
}

// names offers words of the configuration; none where it cannot be loaded.
func (a *app) names(of func(*config.Loaded) []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		l, err := a.load(nil)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return of(l), cobra.ShellCompDirectiveNoFileComp
	}
}

// completePartner offers partners for the only argument of a verb.
func (a *app) completePartner(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.names(func(l *config.Loaded) []string { return slices.Sorted(maps.Keys(l.Partners)) })(cmd, args, word)
}

// completing is how long a shell waits for the ids.
const completing = time.Second

// newest gives the newest entries for a completion; none where no server answers in time.
func (a *app) newest(ctx context.Context) (out []catalog.Entry) {
	l, err := a.load(nil)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, completing)
	defer cancel()
	c := admin.Dial(l.DataDir)
	defer c.Close()
	for raw, err := range c.Entries(ctx, admin.Query{Limit: textLimit}) {
		var e catalog.Entry
		if err != nil || json.Unmarshal(raw, &e) != nil {
			break
		}
		out = append(out, e)
	}
	return out
}

// completeIDs offers the newest entries for the only argument of a verb, with what they are.
func (a *app) completeIDs(cmd *cobra.Command, args []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, e := range a.newest(cmd.Context()) {
		ids = append(ids, cobra.CompletionWithDesc(e.ID, safe(string(e.Status())+" "+e.Partner+" "+e.File)))
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// completeFiles offers the names of the newest entries.
func (a *app) completeFiles(cmd *cobra.Command, _ []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	for _, e := range a.newest(cmd.Context()) {
		if name := naming.Shown(e.Flow, e.File, e.Label); !slices.Contains(names, name) && name == safe(name) {
			names = append(names, name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
