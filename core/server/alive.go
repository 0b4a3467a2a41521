package server

import (
	"errors"
	"fmt"
)

// Alive reports whether the server takes calls: every listener has an accept loop that runs. After Drain there is
// nothing to take and nothing wrong. [Server.Taking] says more.
func (s *Server) Alive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil
	}
	var errs []error
	for name, b := range s.bound {
		if b.ended.Load() {
			errs = append(errs, fmt.Errorf("listener %s: nobody accepts its calls any more", name))
		}
	}
	return errors.Join(errs...)
}

// Taking reports whether calls come in now: the last accept of no listener failed. Out of file descriptors, say, it
// does, and the loop tries again.
func (s *Server) Taking() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return ErrStopping
	}
	var errs []error
	for name, b := range s.bound {
		if err := b.failing.Load(); err != nil {
			errs = append(errs, fmt.Errorf("listener %s: accept: %w", name, *err))
		}
	}
	return errors.Join(errs...)
}
