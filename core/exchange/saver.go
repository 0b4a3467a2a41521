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
	noted int // changes so far
	saved int // of these, how many a save has covered
	cond  sync.Cond
	err   error
	wake  chan struct{}
	done  chan struct{}
}

func newSaver(save SavePoints, from stream.Mark) *saver {
	s := &saver{save: save, last: from, wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.cond.L = &s.mu
	go s.run()
	return s
}

func (s *saver) run() {
	defer close(s.done)
	for range s.wake {
		s.mu.Lock()
		last, ahead, noted, failed := s.last, slices.Clone(s.ahead), s.noted, s.err
		s.mu.Unlock()
		if failed != nil {
			continue
		}
		err := s.save(last, ahead)
		s.mu.Lock()
		s.saved, s.err = noted, err
		s.cond.Broadcast()
		s.mu.Unlock()
	}
}

// flush waits until everything noted so far is saved, or nothing will be any more.
func (s *saver) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.saved < s.noted && s.err == nil {
		s.cond.Wait()
	}
	return s.err
}

// change notes a new state and has it saved. It returns what went wrong with an earlier one.
func (s *saver) change(f func()) error {
	s.mu.Lock()
	f()
	s.noted++
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
