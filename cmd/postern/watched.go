package main

import (
	"math"
	"time"

	"github.com/postern/postern/core/session"
)

// watched is a transfer as the watch shows it.
type watched struct {
	Time time.Time `json:"time"`
	session.Live
	// Status is running, or what the transfer came to.
	Status string `json:"status"`
	// Rate is bytes a second over the last seconds; Left how long the rest takes at that rate, in seconds, null where that
	// is not known.
	Rate float64  `json:"rate"`
	Left *float64 `json:"left_seconds"`
}

// meter remembers how far transfers were, to tell how fast they are.
type meter struct{ seen map[string]*pulse }

type pulse struct {
	at    time.Time
	bytes int64
	rate  float64
	last  session.Live
}

// smooth is the time after which what was measured before counts for about a third.
const smooth = 3 * time.Second

// take adds what is transferred at a moment. gone are those that were there the time before.
func (m *meter) take(now time.Time, all []session.Live) (out []watched, gone []session.Live) {
	next := make(map[string]*pulse, len(all))
	for _, l := range all {
		p := m.seen[l.ID]
		switch {
		case p == nil || l.Bytes < p.bytes: // new, or it went back to an earlier point
			p = &pulse{at: now, bytes: l.Bytes, rate: average(now, l)}
		case now.After(p.at) && l.State != "busy":
			passed := now.Sub(p.at).Seconds()
			weight := 1 - math.Exp(-passed/smooth.Seconds())
			p = &pulse{at: now, bytes: l.Bytes, rate: p.rate + weight*(float64(l.Bytes-p.bytes)/passed-p.rate)}
		}
		p.last = l
		next[l.ID] = p
		out = append(out, watched{Time: now, Live: l, Status: "running", Rate: math.Round(p.rate), Left: left(l, p.rate)})
	}
	for id, p := range m.seen {
		if next[id] == nil {
			gone = append(gone, p.last)
		}
	}
	m.seen = next
	return out, gone
}

// average is the rate since the attempt began.
func average(now time.Time, l session.Live) float64 {
	if passed := now.Sub(l.BeganAt).Seconds(); !l.BeganAt.IsZero() && passed > 0.01 {
		return float64(max(l.Bytes-l.From, 0)) / passed
	}
	return 0
}

func left(l session.Live, rate float64) *float64 {
	if l.Size <= 0 || rate < 1 {
		return nil
	}
	s := math.Ceil(float64(max(l.Size-l.Bytes, 0)) / rate)
	return &s
}
