package wiring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/telemetry"
)

// ErrNoReload says that the server has no configuration file to read again.
var ErrNoReload = errors.New("this server cannot reload its configuration")

// Reload reads the configuration again, checks it whole and swaps it in at once; a bad one leaves the running one as it
// is. It returns the keys that changed. Open sessions keep what they began with.
func (s *Server) Reload(ctx context.Context) (changed []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.noteReload(changed, err) }()
	if s.options.Reload == nil {
		return nil, ErrNoReload
	}
	s.options.Notify.Reloading()
	defer func() { s.reloaded(err) }()
	next, err := s.options.Reload()
	if err != nil {
		return nil, fmt.Errorf("the running configuration stays: %w", err)
	}
	running := s.loaded.Load()
	if err := config.CheckReload(running, next); err != nil {
		return nil, fmt.Errorf("the running configuration stays: %w", err)
	}
	before, secured := s.running, *s.transports.Load()
	if err := s.swap(ctx, next); err != nil {
		return nil, fmt.Errorf("the running configuration stays: %w", err)
	}
	changes := config.Diff(running, next).Also(changedFiles(before, s.running)...).Also(changedProtocols(before, s.running)...).Also(s.transports.Load().changed(secured)...)
	s.logChanges(changes)
	return changes.Keys(), nil
}

// logChanges tells what a reload changed, by key and never by value.
func (s *Server) logChanges(c config.Changes) {
	var fields []any
	for _, list := range []struct {
		name string
		keys []string
	}{{"added", c.Added}, {"removed", c.Removed}, {"changed", c.Changed}} {
		if len(list.keys) > 0 {
			fields = append(fields, list.name, listed(list.keys))
		}
	}
	if len(fields) == 0 {
		s.options.Log.Info("configuration reloaded, nothing has changed")
		return
	}
	s.options.Log.Info("configuration reloaded", fields...)
	if slices.Contains(c.Changed, "log.format") {
		s.options.Log.Warn("log.format counts from the next start on")
	}
}

// listed names as many keys as a log line should hold.
func listed(keys []string) string {
	const most = 100
	if len(keys) <= most {
		return strings.Join(keys, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(keys[:most], " "), len(keys)-most)
}

// swap puts a configuration in the place of the running one. Everything that can fail comes first; what follows is seen
// by the calls at once or not at all.
func (s *Server) swap(ctx context.Context, next *config.Loaded) (err error) {
	shared, share := s.gate.Shared(), next.Plugins.Memory.Bytes()
	s.gate.Share(max(shared, share)) // the next modules are loaded beside the running ones
	defer func() {
		if err != nil {
			s.gate.Share(shared)
		}
	}()
	g, err := s.build(ctx, next)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.over(g)
		}
	}()
	listeners, err := s.listeners(g, next)
	if err != nil {
		return err
	}
	running := s.loaded.Load()
	endpoint, err := s.nextEndpoint(ctx, running, next)
	if err != nil {
		return err
	}
	err = s.server.Listen(ctx, listeners, func() {
		if s.audit != nil {
			s.audit.Apply(auditOf(&next.Config))
		}
		s.house.Limits.Apply(limitsOf(&next.Config))
		s.gate.Share(share)
		s.house.Rates.Apply(ratesOf(&next.Config))
		s.house.Throttle.Apply(throttleOf(&next.Config))
		s.warn(running, next)
		s.loaded.Store(next)
		s.records.Store(next.Snapshot())
		s.begin(g)
	})
	if err != nil {
		s.dropEndpoint(endpoint)
		return err
	}
	s.renew(transportsOf(listeners))
	s.known(next)
	if l := s.options.LogLevel; l != nil {
		_ = telemetry.SetLevel(l, next.Log.Level) // the configuration was checked: it is one of the four
	}
	s.moveEndpoint(endpoint)
	return nil
}
