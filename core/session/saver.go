package session

import (
	"context"
	"sync"

	"github.com/postern/postern/core/catalog"
)

// saver keeps the sync points of a file that we send in the catalog, beside the stream: while one commit runs the
// next gathers, and only the newest state is written. The peer chooses the point of a restart, so the points that
// were said and not yet acknowledged are kept as well.
type saver struct {
	store catalog.Progress
	lease catalog.Lease
	mu    sync.Mutex
	last  catalog.Point
	ahead []catalog.Point
	wake  chan struct{}
	done  chan struct{}
}

func newSaver(c catalog.Progress, l catalog.Lease, from catalog.Point) *saver {
	s := &saver{store: c, lease: l, last: from, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *saver) run() {
	defer close(s.done)
	for range s.wake {
		s.mu.Lock()
		c := catalog.Checkpoint{Lease: s.lease, Point: s.last, Ahead: append([]catalog.Point(nil), s.ahead...)}
		s.mu.Unlock()
		// A lost lease ends the transfer where it is used next; nothing here depends on it.
		_ = s.store.Checkpoint(context.Background(), c)
	}
}

func (s *saver) change(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// said adds a point that the peer may have by now.
func (s *saver) said(p catalog.Point) {
	s.change(func() {
		s.ahead = append(s.ahead, p)
		if n := len(s.ahead) - catalog.MaxAhead; n > 0 {
			s.ahead = s.ahead[n:]
		}
	})
}

// acked makes p the last point and forgets those before it.
func (s *saver) acked(p catalog.Point) {
	s.change(func() {
		s.last = p
		for len(s.ahead) > 0 && s.ahead[0].Number <= p.Number {
			s.ahead = s.ahead[1:]
		}
	})
}

// rewound makes p the last point, whatever came after it.
func (s *saver) rewound(p catalog.Point) { s.change(func() { s.last, s.ahead = p, nil }) }

// close waits for the last commit.
func (s *saver) close() {
	close(s.wake)
	<-s.done
}
