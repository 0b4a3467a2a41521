package config

import (
	"testing"
	"time"
)

func TestAPurgeComesSoOftenOrAtATimeOfDay(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones")
	}
	at := func(s string) time.Time { x, _ := time.ParseInLocation("2006-01-02 15:04", s, paris); return x }
	for _, c := range []struct {
		every Duration
		clock string
		after string
		first bool
		want  string
	}{
		{Duration(time.Hour), "", "2026-05-04 12:00", true, "2026-05-04 12:01"},
		{Duration(time.Hour), "", "2026-05-04 12:00", false, "2026-05-04 13:00"},
		{NoDuration, "", "2026-05-04 12:00", true, ""},
		{Duration(time.Hour), "02:30", "2026-05-04 12:00", true, "2026-05-05 02:30"},
		{Duration(time.Hour), "02:30", "2026-05-04 02:29", false, "2026-05-04 02:30"},
		{NoDuration, "02:30", "2026-05-04 02:30", false, "2026-05-05 02:30"},
		{NoDuration, "12:00", "2026-10-24 12:00", false, "2026-10-25 12:00"}, // a day of 25 hours
	} {
		next, ok := Retention{Every: c.every, At: c.clock}.Next(at(c.after), c.first)
		if ok != (c.want != "") || ok && !next.Equal(at(c.want)) {
			t.Errorf("every %s or at %q: after %s comes %s, want %s", c.every, c.clock, c.after, next, c.want)
		}
	}
}
