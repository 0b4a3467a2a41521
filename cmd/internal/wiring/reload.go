package wiring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/cmd/internal/config"
)

// ErrNoReload says that the server has no configuration file to read again.
var ErrNoReload = errors.New("this server cannot reload its configuration")

// Reload reads the configuration again, checks it whole and swaps it in at once; a bad one leaves the running one as it
// is. It returns the keys that changed. Open sessions keep what they began with.
func (s *Server) Reload(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Reload == nil {
		return nil, ErrNoReload
	}
	next, err := s.options.Reload()
	if err != nil {
		return nil, fmt.Errorf("the running configuration stays: %w", err)
	}
	running := s.loaded.Load()
	if err := config.CheckReload(running, next); err != nil {
		return nil, fmt.Errorf("the running configuration stays: %w", err)
	}
	before := s.running
	if err := s.swap(ctx, next); err != nil {
		return nil, fmt.Errorf("the running configuration stays: %w", err)
	}
	changed := append(config.Diff(running, next), changedFiles(before, s.running)...)
	slices.Sort(changed)
	changed = slices.Compact(changed)
	s.options.Log.Info("configuration reloaded", "changed", strings.Join(changed, " "))
	return changed, nil
}

// swap puts a configuration in the place of the running one.
func (s *Server) swap(ctx context.Context, next *config.Loaded) error {
	g, err := s.build(ctx, next)
	if err != nil {
		return err
	}
	listeners, err := s.listeners(next)
	if err == nil {
		err = s.server.Listen(ctx, listeners, func() {
			s.house.Limits.Apply(limitsOf(&next.Config))
			s.house.Throttle.Apply(throttleOf(&next.Config))
			s.warn(s.loaded.Load(), next)
			s.loaded.Store(next)
			s.records.Store(next.Snapshot())
			s.begin(g)
		})
	}
	if err != nil {
		s.over(g)
	}
	return err
}

// keep purges what is older than its retention, now and every hour.
func (s *Server) keep() {
	const often = time.Hour
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if n, err := s.Purge(context.Background()); err != nil {
				s.options.Log.Error("purge failed", "error", err)
			} else if n > 0 {
				s.options.Log.Info("purged what was older than its retention", "entries", n)
			}
			timer.Reset(often)
		case <-s.life.Done():
			return
		}
	}
}
