package exchange

import (
	"slices"
	"sync"

	"github.com/postern/postern/core/stream"
)

// SavePoints keeps the sync points of a file that is sent: last is the one the peer acknowledged, ahead are those it may
// have by now, oldest first. The peer chooses the point of a restart, so all of them are kept. It returns when they are
// durable.
type SavePoints func(last stream.Mark, ahead []stream.Mark) error

// maxAhead bounds the points that may wait for their acknowledgement.
const maxAhead = 64

// saver saves beside the stream: while one save runs the next gathers, and only the newest state is written.
type saver struct {
	save  SavePoints
	mu    sync.Mutex
	last  stream.Mark
	ahead []stream.Mark
	err   error
	wake  chan struct{}
	done  chan struct{}
}

func newSaver(save SavePoints, from stream.Mark) *saver {
	s := &saver{save: save, last: from, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *saver) run() {
	defer close(s.done)
	for range s.wake {
		s.mu.Lock()
		last, ahead, failed := s.last, slices.Clone(s.ahead), s.err
		s.mu.Unlock()
		if failed != nil {
			continue
		}
		if err := s.save(last, ahead); err != nil {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
		}
	}
}

// change notes a new state and has it saved. It returns what went wrong with an earlier one.
func (s *saver) change(f func()) error {
	s.mu.Lock()
	f()
	err := s.err
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return err
}

// said adds a point that the peer may have by now.
func (s *saver) said(m stream.Mark) error {
	return s.change(func() {
		s.ahead = append(s.ahead, m)
		if n := len(s.ahead) - maxAhead; n > 0 {
			s.ahead = s.ahead[n:]
		}
	})
}

// acked makes m the last point and forgets those before it.
func (s *saver) acked(m stream.Mark) error {
	return s.change(func() {
		s.last = m
		s.ahead = slices.DeleteFunc(s.ahead, func(a stream.Mark) bool { return a.Point <= m.Point })
	})
}

// rewound makes m the last point, whatever came after it.
func (s *saver) rewound(m stream.Mark) error { return s.change(func() { s.last, s.ahead = m, nil }) }

// close waits for the last save.
func (s *saver) close() {
	close(s.wake)
	<-s.done
}
