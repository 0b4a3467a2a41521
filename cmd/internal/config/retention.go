package config

import (
	"fmt"
	"time"
)

// Retention says how long an entry stays after its last change, none is for ever; and when what is older is removed.
type Retention struct {
	Done       Duration `koanf:"done" doc:"Entries that are done."`
	Failed     Duration `koanf:"failed" doc:"Entries that were interrupted or kept and never came to an end."`
	Available  Duration `koanf:"available" doc:"Offered files that nobody fetched."`
	Processing Duration `koanf:"processing" doc:"Entries that wait for an exit or an acknowledgement."`
	Refusals   Duration `koanf:"refusals" doc:"The list of refusals."`
	Every      Duration `koanf:"every" doc:"How often what is older is removed; none: only by 'postern catalog purge'."`
	At         string   `koanf:"at" doc:"The time of day when it is removed, like 02:30 in the server's time zone, instead of each so often."`
	Batch      int      `koanf:"batch" min:"1" max:"10000" doc:"Entries that one commit removes; transfers have their turn between two."`
}

// DefaultRetention returns the retention where none is given.
func DefaultRetention() Retention {
	return Retention{Done: Days(30), Failed: Days(90), Available: NoDuration, Processing: NoDuration, Refusals: Days(90),
		Every: Duration(time.Hour), Batch: 200}
}

func (t Retention) check(r *report, at Path) {
	if _, err := t.clock(); err != nil {
		r.fault(at.Key("at"), "%v", err)
	}
	if t.Every != NoDuration && t.Every < Duration(time.Minute) {
		r.fault(at.Key("every"), "is less than a minute")
	}
}

// clock reads the time of day; the zero time: there is none.
func (t Retention) clock() (time.Time, error) {
	if t.At == "" {
		return time.Time{}, nil
	}
	c, err := time.Parse("15:04", t.At)
	if err != nil || len(t.At) != len("15:04") {
		return c, fmt.Errorf("%q is no time of day: write it like 02:30", t.At)
	}
	return c, nil
}

// Next tells when what is older is removed next, after a time; ok is false where that is left to operators. A server that
// has just begun waits a minute.
func (t Retention) Next(after time.Time, first bool) (next time.Time, ok bool) {
	c, err := t.clock()
	switch {
	case err == nil && t.At != "":
		y, m, d := after.Date()
		if next = time.Date(y, m, d, c.Hour(), c.Minute(), 0, 0, after.Location()); !next.After(after) {
			next = time.Date(y, m, d+1, c.Hour(), c.Minute(), 0, 0, after.Location())
		}
		return next, true
	case t.Every == NoDuration:
		return time.Time{}, false
	case first:
		return after.Add(time.Minute), true
	}
	return after.Add(t.Every.Std()), true
}
