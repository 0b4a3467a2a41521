package chain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Close refuses further questions and waits until no exit works any more. It returns the context's error with the
// names of the late exits when the context ends first; it may be called again.
func (s *Set) Close(ctx context.Context) error {
	for n := s.running.Load(); n >= 0; n = s.running.Load() {
		if s.running.CompareAndSwap(n, n+1+math.MinInt64) { // one more, so that its end is noticed
			s.ended()
		}
	}
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
	if s.running.Add(1) > 0 {
		return true
	}
	s.ended()
	return false
}

// ended counts one less, and lets Close return when it was the last one.
func (s *Set) ended() {
	if s.running.Add(-1) == math.MinInt64 {
		s.once.Do(func() { close(s.idle) })
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
