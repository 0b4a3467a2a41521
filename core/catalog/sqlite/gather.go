package sqlite

import "time"

// Where many transfers run, a commit waits a little for others to share it.
const (
	crowd   = 16                   // transfers
	gather  = 5 * time.Millisecond // at most
	sharing = 4                    // it no longer waits for others when this part of the transfers wants it
)

// gather waits for others to share the commit, where so many transfers run that
// they are about to come.
func (w *writer) gather() {
	enough := w.running / sharing
	if w.running < crowd || len(w.waiting) >= enough {
		return
	}
	patience := time.NewTimer(gather)
	defer patience.Stop()
	for len(w.waiting) > 0 && len(w.waiting) < enough {
		select {
		case j := <-w.jobs:
			w.call(j)
		case <-patience.C:
			return
		case <-w.stop:
			return
		}
	}
}
