package session

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// aside is work about one transfer beside the session's loop, and the notice that it is done. Meanwhile the transfer is
// finishing, its file belongs to the work, and the loop only looks at it: an exit that takes its time over one file, or a disk
// that does, holds up nothing else of the session.
type aside struct {
	t    *transfer
	done chan struct{}
	then func() // of the loop
}

// alone reports whether nothing but one file waits for the loop.
func (s *Session) alone() bool { return len(s.open) == 1 && len(s.listings) == 0 }

// brief reports whether the loop ends a file itself: that of a peer who waits anyhow, or a short one on a disk where nothing
// else is open.
func (s *Session) brief(t *transfer) bool {
	_, disk := t.writer.(sdk.Flusher) // others may be far away
	return t.named == nil || disk && t.whole.File <= stream.ShortFile && s.alone()
}

// aside does work beside the loop, unless it is brief, and what it gives back on the loop.
func (s *Session) aside(ctx context.Context, t *transfer, brief bool, work func() (then func())) {
	if brief {
		work()()
		return
	}
	a := &aside{t: t, done: make(chan struct{})}
	t.aside = a
	go func() { // awaitAside waits for it, at the end of the session too
		defer func() {
			if v := recover(); v != nil {
				s.log("panic at the end of a file", "transfer", t.entry.ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				r := sdk.Refuse(sdk.ServerCrashed, "a bug ended the transfer").Because(fmt.Errorf("panic: %v", v))
				a.then = func() { s.fail(ctx, t, r) }
			}
			close(a.done)
			s.x.Tell(a)
		}()
		a.then = work()
	}()
}

// asideDone goes on with a transfer whose work is done.
func (s *Session) asideDone(a *aside) {
	if a.t.aside == a { // else it was waited for
		a.t.aside = nil
		a.then()
	}
}

// awaitAside waits until nothing about a transfer is under way beside the loop.
func (s *Session) awaitAside(t *transfer) {
	for t.aside != nil {
		a := t.aside
		<-a.done
		s.asideDone(a)
	}
}
