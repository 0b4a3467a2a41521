package sqlite

import (
	"slices"
	"time"
)

// Where many transfers run, a commit waits a little for others to share it.
const (
	crowd   = 16                   // transfers
	gather  = 5 * time.Millisecond // at most
	sharing = 4                    // it no longer waits for others when this part of the transfers wants it
)

// wait has a call wait for the commit of the open transaction.
func (w *writer) wait(j *job) {
	if j.turns == nil {
		j.turns = newTurns()
	}
	w.waiting = append(w.waiting, j)
	if len(w.waiting) == 1 {
		w.enough = time.Time{}
		if w.running >= crowd {
			w.enough = time.Now().Add(gather)
			w.late.in(gather)
		}
	}
	w.appoint()
}

// due says whether it is time for somebody to commit what waits for it.
func (w *writer) due() bool {
	if w.flight != nil || w.flusher != nil || len(w.waiting) == 0 {
		return false
	}
	return len(w.waiting) >= max(1, w.running/sharing) || !time.Now().Before(w.enough)
}

// appoint has one of those who wait make their commit, if it is time: whoever
// has the baton now, or who has waited longest.
func (w *writer) appoint() {
	if !w.due() {
		return
	}
	if slices.Contains(w.waiting, w.mine) {
		w.flusher = w.mine
		return
	}
	w.flusher = w.waiting[0]
	w.flusher.turns <- flushes
}
