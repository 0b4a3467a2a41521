package session

import "time"

// heard keeps when the sync points were heard that are not acknowledged yet, oldest first. Its memory is used again:
// a transfer of any length allocates for as many as were ever open at once.
type heard struct{ points []heardPoint }

type heardPoint struct {
	point int64
	at    time.Time
}

// maxHeard bounds the points that are remembered; of those beyond it nobody learns how long they took.
const maxHeard = 1024

func (h *heard) add(point int64, at time.Time) {
	if len(h.points) < maxHeard {
		h.points = append(h.points, heardPoint{point, at})
	}
}

// upTo forgets the points up to one that is acknowledged now and tells how long the oldest of them waited; 0: unknown.
func (h *heard) upTo(point int64, now time.Time) (waited time.Duration) {
	n := 0
	for n < len(h.points) && h.points[n].point <= point {
		n++
	}
	if n > 0 {
		waited = now.Sub(h.points[0].at)
		h.points = h.points[:copy(h.points, h.points[n:])]
	}
	return waited
}

func (h *heard) forget() { h.points = h.points[:0] }
