package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/count"
)

// replayPlugin asks recorded events and prints what would come out differently.
func (a *app) replayPlugin(ctx context.Context, bench *wiring.Bench, own json.RawMessage, p pluginTest) error {
	events, err := author.ReadEvents([]string{p.replay})
	if err != nil {
		return err
	}
	if events, err = chosen(events, cmp.Or(p.recorded, p.exit)); err != nil {
		return err
	}
	differences := []author.Difference{}
	sum, err := author.Replay(ctx, bench.Load, events, own, func(d author.Difference) error {
		differences = append(differences, d)
		if a.json() {
			return nil
		}
		return a.print(differenceText(d))
	})
	if err != nil {
		return err
	}
	if a.json() {
		err = a.printJSON(struct {
			author.Replayed
			Differences []author.Difference `json:"differences"`
		}{sum, differences})
	} else {
		err = a.printf("%d same, %d differ\n", sum.Same, sum.Differ)
	}
	if err == nil && p.expect == "same" && sum.Differ > 0 {
		err = fmt.Errorf("expected the same, %d of %s differ", sum.Differ, count.Of(sum.Same+sum.Differ, "event"))
	}
	return err
}

// chosen are the events of one exit. Where several were recorded somebody must say which.
func chosen(events []author.Event, exit string) ([]author.Event, error) {
	exits := author.Exits(events)
	switch {
	case exit == "" && len(exits) > 1:
		return nil, usagef("the events were asked of %s: choose with --of", strings.Join(exits, ", "))
	case exit == "":
		return events, nil
	case !slices.Contains(exits, exit):
		return nil, usagef("no event was asked of %q, but of %s", exit, strings.Join(exits, ", "))
	}
	return author.Of(events, exit), nil
}

func differenceText(d author.Difference) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s -> %s\n", safe(shortName(d.Event)), safe(outcomeText(d.Old)), safe(outcomeText(d.New)))
	was, is := membersOf(d.Old.Changes), membersOf(d.New.Changes)
	for _, name := range d.Changed {
		fmt.Fprintf(&b, "  %s: %s -> %s\n", name, safe(cmp.Or(string(was[name]), "-")), safe(cmp.Or(string(is[name]), "-")))
	}
	return b.String()
}

func outcomeText(o author.Outcome) string {
	text := o.Verdict
	if o.Code != "" {
		text += " " + string(o.Code)
	}
	if o.Temporary {
		text += " (temporary)"
	}
	if o.Public != "" {
		text += fmt.Sprintf(" %q", o.Public)
	}
	if o.Failed != "" {
		text += " (" + o.Failed + ")"
	}
	return text
}

func membersOf(raw json.RawMessage) (all map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &all) // the empty one has none
	return all
}
