package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/session"
)

func TestAMeterTellsTheRateOfLateAndTheRest(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	m := &meter{}
	at := func(bytes int64) watched {
		out, gone := m.take(now, []session.Live{{ID: "a", State: "moving", Size: 1000000, From: 1000, Bytes: bytes, BeganAt: now.Add(-time.Second)}})
		if len(out) != 1 || len(gone) > 0 {
			t.Fatalf("%+v, gone %+v", out, gone)
		}
		return out[0]
	}
	if w := at(11000); w.Rate != 10000 || *w.Left != 99 {
		t.Errorf("at first it is the average since the attempt began: %+v, left %v", w, *w.Left)
	}
	for i := range int64(20) {
		now = now.Add(time.Second)
		if w := at(11000 + (i+1)*2000); i == 19 && (w.Rate < 1990 || w.Rate > 2050) {
			t.Errorf("after 20 seconds at 2000 it is %v", w.Rate)
		}
	}
	now = now.Add(time.Second)
	if w := at(500); w.Rate < 0 {
		t.Errorf("after a rewind the rate is %v", w.Rate)
	}
	if _, gone := m.take(now, nil); len(gone) != 1 || gone[0].ID != "a" {
		t.Errorf("gone are %+v", gone)
	}
}

func TestAScreenIsDrawnInItsPlaceAndNoWiderOrHigher(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	a := newApp()
	a.out, a.now = &out, func() time.Time { return now }
	s := &screen{app: a, size: func() (int, int) { return 100, 8 }}
	var all []watched
	for range 10 {
		all = append(all, watched{Time: now, Status: "running", Live: session.Live{ID: "06h0b1mnvfrwghgmwaz6myzkcw", State: "moving",
			Partner: "PARIS", Flow: "IN", File: strings.Repeat("long\x1b[2J", 20), Bytes: 5 << 20, Size: 10 << 20}})
	}
	if err := s.show(all, nil); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if lines := strings.Count(text, "\n"); lines != 8 || !strings.Contains(text, "and 5 more") || strings.Contains(text, "long\x1b") || !strings.Contains(text, "5.0 MiB of 10.0 MiB (50%)") {
		t.Errorf("%d lines:\n%q", lines, text)
	}
	out.Reset()
	if err := s.show(nil, []watched{{Time: now, Status: "done", Live: session.Live{ID: "06h0b1mnvfrwghgmwaz6myzkcw"}}}); err != nil {
		t.Fatal(err)
	}
	if text = out.String(); !strings.Contains(text, "\x1b[8A") || !strings.Contains(text, "done") {
		t.Errorf("the next is %q", text)
	}
	now = now.Add(linger)
	out.Reset()
	if err := s.show(nil, nil); err != nil || strings.Contains(out.String(), "done") {
		t.Errorf("what has ended stays: %q (%v)", out.String(), err)
	}
}
