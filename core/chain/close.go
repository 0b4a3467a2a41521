package chain

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Close refuses further questions and waits until no exit works any more. It returns the context's error with the
// names of the late exits when the context ends first; it may be called again.
func (s *Set) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		s.endIfIdle()
	}
	s.mu.Unlock()
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the exits%s: %w", s.lateNames(), ctx.Err())
	}
}

// run starts a goroutine that Close waits for; false: the set is closed.
func (s *Set) run(f func()) bool {
	if !s.enter() {
		return false
	}
	go func() {
		defer s.ended()
		f()
	}()
	return true
}

// enter counts one more that Close waits for; false: the set is closed.
func (s *Set) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running++
	return true
}

func (s *Set) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	s.endIfIdle()
}

// endIfIdle lets Close return. Nothing starts once the set is closed, so that the count reaches zero once.
func (s *Set) endIfIdle() {
	if s.closed && s.running == 0 {
		close(s.idle)
	}
}

func (s *Set) lateNames() string {
	var names []string
	for name, l := range s.links {
		if l.lateCalls() > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return " (late: " + strings.Join(names, ", ") + ")"
}
