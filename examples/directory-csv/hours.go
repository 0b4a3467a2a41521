package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// hours reads a weekly span of time; none at all leaves it to the template.
func hours(days, from, to, zone string) ([]sdk.Hours, error) {
	if days == "" && from == "" && to == "" {
		return nil, nil
	}
	h := sdk.Hours{}
	var err error
	for _, d := range strings.Fields(days) {
		if h.Days, err = addDays(h.Days, d); err != nil {
			return nil, err
		}
	}
	if h.From, err = clock(from, "00:00"); err != nil {
		return nil, err
	}
	if h.To, err = clock(to, "00:00"); err != nil {
		return nil, err
	}
	if zone != "" {
		h.Zone = time.FixedZone(zone, 0) // its name is what counts: the server has the rules of time zones, a module has not
	}
	return []sdk.Hours{h}, nil
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// addDays adds one day, "mon", or several, "mon-fri".
func addDays(days []time.Weekday, s string) ([]time.Weekday, error) {
	first, last, span := strings.Cut(s, "-")
	if !span {
		last = first
	}
	from, to := slices.Index(dayNames, first), slices.Index(dayNames, last)
	if from < 0 || to < 0 {
		return nil, fmt.Errorf("%q is no day of the week (mon, mon-fri)", s)
	}
	for d := from; ; d = (d + 1) % 7 {
		days = append(days, time.Weekday(d))
		if d == to {
			return days, nil
		}
	}
}

func clock(s, otherwise string) (time.Duration, error) {
	if s == "" {
		s = otherwise
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day (06:00)", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
