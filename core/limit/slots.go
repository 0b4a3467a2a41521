// Package limit counts what runs at once and says when it is enough: connections of a listener, sessions and transfers
// of the server, sessions and transfers of a partner. A slot that was taken is given back by the function that came with it.
//
// It is not for rates: nothing here knows the time.
//
// The main calls are [Slots.Take] and [Keyed.Take].
package limit

import "sync"

// Slots is a number of equal slots. It may be used from many goroutines.
type Slots struct {
	mu      sync.Mutex
	max     int
	used    int
	refused uint64
}

// newSlots makes slots; max 0 means that there is no limit.
func newSlots(max int) *Slots { return &Slots{max: max} }

// Take takes a slot. When ok is true the slot must be given back with release; calling it more than once, or from
// several goroutines, gives back one slot. When ok is false nothing was taken and release does nothing.
func (s *Slots) Take() (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if full(s.used, s.max) {
		s.refused++
		return func() {}, false
	}
	s.used++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.used--
	}), true
}

// SetMax changes the limit for the takes that follow. What is taken stays taken, even above the new limit.
func (s *Slots) SetMax(max int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.max = max
}

// Full reports whether a Take would fail now.
func (s *Slots) Full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return full(s.used, s.max)
}

// Count tells how many slots are taken.
func (s *Slots) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

// Max tells the limit; 0: there is none.
func (s *Slots) Max() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.max
}

// Refused tells how many takes have failed since the start.
func (s *Slots) Refused() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

func full(used, max int) bool { return max > 0 && used >= max }

func (s *Slots) copy() *Slots {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Slots{max: s.max, used: s.used}
}
