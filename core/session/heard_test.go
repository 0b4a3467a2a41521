package session

import (
	"testing"
	"time"
)

func TestAnAcknowledgementTellsHowLongTheOldestOfItsPointsWaited(t *testing.T) {
	var h heard
	at := func(n int) time.Time { return time.Unix(1000, 0).Add(time.Duration(n) * time.Second) }
	if d := h.upTo(1, at(0)); d != 0 {
		t.Errorf("nothing was heard, and it waited %s", d)
	}
	for n := int64(1); n <= 4; n++ {
		h.add(n, at(int(n)))
	}
	for _, c := range []struct {
		point int64
		now   int
		want  time.Duration
	}{{2, 5, 4 * time.Second}, {2, 6, 0}, {3, 6, 3 * time.Second}, {9, 9, 5 * time.Second}, {9, 10, 0}} {
		if d := h.upTo(c.point, at(c.now)); d != c.want {
			t.Errorf("up to point %d it waited %s, want %s", c.point, d, c.want)
		}
	}
	h.add(5, at(5))
	h.forget()
	if d := h.upTo(5, at(9)); d != 0 {
		t.Errorf("a forgotten point waited %s", d)
	}
	for n := range int64(10 * maxHeard) {
		h.add(n, at(0))
	}
	if len(h.points) > maxHeard {
		t.Errorf("%d points are remembered", len(h.points))
	}
	if n := testing.AllocsPerRun(100, func() { h.forget(); h.add(1, at(1)); h.upTo(1, at(2)) }); n != 0 {
		t.Errorf("a point allocates %v times", n)
	}
}
