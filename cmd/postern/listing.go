package main

import (
	"encoding/json"
	"iter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/postern/postern/cmd/internal/config"
)

// textLimit is how many lines a listing has as text unless --limit says otherwise.
const textLimit = 50

// period are --since and --until as they were typed.
type period struct{ since, until string }

// times reads them.
func (p period) times(now time.Time) (since, until time.Time, err error) {
	if since, err = parseSince("--since", p.since, now); err == nil {
		until, err = parseSince("--until", p.until, now)
	}
	if err == nil && !until.IsZero() && !since.Before(until) {
		err = usagef("--since %s is not before --until %s: nothing lies between them", p.since, p.until)
	}
	return since, until, err
}

func addListFlags(f *pflag.FlagSet, p *period, limit *int) {
	f.StringVar(&p.since, "since", "", "only since this `time`: 2026-05-04T12:00:00Z, 2026-05-04, 06:00 for today, 2h or 3d")
	f.StringVar(&p.until, "until", "", "only before this `time`, written in the same ways")
	f.IntVar(limit, "limit", 0, "only the newest so many; 0 for all (default 50 as text, all as JSON)")
}

// limit is how many items a listing asks for.
func (a *app) limit(cmd *cobra.Command, given int) (int, error) {
	switch {
	case given < 0:
		return 0, usagef("--limit is %d: it must be 0, for all, or more", given)
	case a.json() || cmd.Flags().Changed("limit"):
		return given, nil
	}
	return textLimit, nil
}

// parseMoment reads a time with its zone, or one of here: 2026-05-04 06:00, or 06:00 for today.
func parseMoment(s string, now time.Time) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, true
	}
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, s, now.Location()); err == nil {
			return t, true
		}
	}
	if t, err := time.Parse("15:04", s); err == nil {
		return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location()), true
	}
	return time.Time{}, false
}

// parseSince reads a time, a day, or how long ago.
func parseSince(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, ok := parseMoment(s, now); ok {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
		return t, nil
	}
	var d config.Duration
	if err := d.UnmarshalText([]byte(s)); err == nil && d > 0 {
		return now.Add(-d.Std()), nil
	}
	return time.Time{}, usagef("%s is %q: write a time (2026-05-04T12:00:00Z, 2026-05-04 06:00, or 06:00 for today), a day (2026-05-04) or how long ago (2h, 3d)", flag, s)
}

// printArray prints a stream of JSON values as one array, each on a line of its own.
func (a *app) printArray(items iter.Seq2[json.RawMessage, error]) error {
	lead := "[\n"
	for item, err := range items {
		if err != nil {
			return err
		}
		if err := a.print(lead + string(safeJSON(item))); err != nil {
			return err
		}
		lead = ",\n"
	}
	if lead == "[\n" {
		return a.print("[]\n")
	}
	return a.print("\n]\n")
}
