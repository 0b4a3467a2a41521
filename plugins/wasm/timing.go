package wasm

import (
	"time"

	"github.com/postern/postern/sdk"
)

// timing is how long a call of the module may take at a point, and how long it may wait: for an instance, and again for
// the gate.
type timing struct{ deadline, wait time.Duration }

// timings are those of all points, and of "" for what is done at none; of a backend also those of atBackend.
type timings map[sdk.Point]timing

// otherDeadline is that of what is done at no point: to make an instance, and to ask it what it is.
const otherDeadline = time.Second

func (l *Limits) timings() timings {
	all := timings{"": l.timing(otherDeadline)}
	for _, row := range sdk.Points() {
		all[row.Point] = l.timing(row.Deadline)
	}
	return all
}

// timing says what holds at a point with a deadline of its own.
func (l *Limits) timing(own time.Duration) timing {
	t := timing{deadline: own}
	if l.Deadline > 0 {
		t.deadline = l.Deadline
	}
	if t.wait = l.Wait; t.wait == 0 {
		t.wait = t.deadline
	}
	return t
}

// Patience is the longest time that one question at a point may take: to wait for an instance, for the gate, and to
// be answered.
func (e *Exit) Patience(p sdk.Point) time.Duration {
	t := e.times[p]
	return 2*t.wait + t.deadline
}
