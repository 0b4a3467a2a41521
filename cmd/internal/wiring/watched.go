package wiring

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/health"
	"github.com/postern/postern/cmd/internal/telemetry"
	"github.com/postern/postern/core/limit"
)

// watched is what others see of the server: metrics and health, and the endpoint that shows them. It is there before
// anything else is, and gone after it.
type watched struct {
	metrics  *telemetry.Metrics
	health   *health.Health
	endpoint atomic.Pointer[telemetry.Endpoint] // nil: there is none
}

// watch begins to be seen: a server that starts lives, and is not ready.
func (s *Server) watch(ctx context.Context, c *config.Loaded) error {
	s.metrics = telemetry.NewMetrics(s.options.Version)
	s.health = health.New(health.Options{Log: s.options.Log})
	s.known(c)
	s.metrics.Loaded(time.Now(), nil)
	e, err := s.listenFor(ctx, c)
	if err != nil {
		return err
	}
	s.show(e)
	return nil
}

// known tells the metrics which names there are.
func (s *Server) known(c *config.Loaded) {
	partners := make(map[string]bool, len(c.Partners))
	for id := range c.Partners {
		partners[id] = true
	}
	s.metrics.Partners(partners, c.Telemetry.Partners)
}

// listenFor binds the endpoint of a configuration; nil: it has none. Nothing is served there yet.
func (s *Server) listenFor(ctx context.Context, c *config.Loaded) (*telemetry.Endpoint, error) {
	if c.Telemetry.Address == "" {
		return nil, nil
	}
	return telemetry.Listen(ctx, c.Telemetry.Address, telemetry.Routes(s.metrics, s.health), s.options.Log)
}

// show serves an endpoint in the place of the one before, which it returns. nil: none.
func (s *Server) show(e *telemetry.Endpoint) *telemetry.Endpoint {
	if e != nil {
		e.Serve()
		s.options.Log.Info("metrics and health checks are served", "address", e.Address().String())
	}
	return s.endpoint.Swap(e)
}

// nextEndpoint is the endpoint of the next configuration: the one that is there, or another one, bound and not shown.
func (s *Server) nextEndpoint(ctx context.Context, running, next *config.Loaded) (*telemetry.Endpoint, error) {
	if next.Telemetry.Address == running.Telemetry.Address {
		return s.endpoint.Load(), nil
	}
	return s.listenFor(ctx, next)
}

// moveEndpoint shows the endpoint that nextEndpoint gave; dropEndpoint gives it up.
func (s *Server) moveEndpoint(e *telemetry.Endpoint) {
	if e != s.endpoint.Load() {
		s.dropEndpoint(s.show(e))
	}
}

func (s *Server) dropEndpoint(e *telemetry.Endpoint) {
	if e == s.endpoint.Load() {
		return
	}
	if err := s.unshow(e); err != nil {
		s.options.Log.Warn("the telemetry endpoint was not closed in good order", "error", err)
	}
}

// unshow closes an endpoint and gives its answers under way a moment.
func (s *Server) unshow(e *telemetry.Endpoint) error {
	if e == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return e.Close(ctx)
}

// serving says that the server has started, and has it checked from now on.
func (s *Server) serving() {
	dir := s.loaded.Load().DataDir
	s.metrics.Follow(s.inUse)
	s.health.Serve(
		health.Check{Name: "listeners", Life: true, Try: func(context.Context) error { return s.server.Alive() }},
		health.Check{Name: "catalog", Life: true, Try: s.store.Alive},
		health.Check{Name: "accept", Try: func(context.Context) error { return s.server.Taking() }},
		health.Check{Name: "commit", Try: s.store.CanCommit},
		health.Disk(dir, func() int64 { return s.loaded.Load().Telemetry.MinFree.Bytes() }),
	)
}

// unwatch is seen no more. It goes before the catalog is closed, which the checks ask.
func (s *Server) unwatch() error {
	if s.metrics == nil {
		return nil
	}
	err := s.unshow(s.endpoint.Swap(nil))
	s.health.Close()
	return err
}

// Live tells why the server had better be started again; nil: it lives.
func (s *Server) Live(ctx context.Context) error { return s.health.Live(ctx) }

// Telemetry is where the metrics are served; nil: nowhere.
func (s *Server) Telemetry() net.Addr {
	if e := s.endpoint.Load(); e != nil {
		return e.Address()
	}
	return nil
}

// scrapeTime bounds how long a scrape waits for the checks of the server's health.
const scrapeTime = 5 * time.Second

// inUse is the state of now, for the gauges.
func (s *Server) inUse() telemetry.State {
	ctx, cancel := context.WithTimeout(s.life, scrapeTime)
	defer cancel()
	c, limits, calls := s.loaded.Load(), s.house.Limits, s.store.Stats()
	st := telemetry.State{Ready: s.health.Ready(ctx) == nil, Sessions: usage(limits.Sessions), Transfers: usage(limits.Transfers),
		Unauthenticated: usage(limits.Unauthenticated), Listeners: map[string]telemetry.Usage{},
		Partners: map[string]telemetry.Usage{}, Moving: map[string]telemetry.Usage{}, CatalogReads: calls.Reads, CatalogWrites: calls.Writes, DiskFree: -1}
	st.Banned, st.Bans = s.house.Throttle.Count()
	open := limits.Listeners.Counts()
	for name, l := range c.Listeners {
		st.Listeners[name] = telemetry.Usage{Used: open[name], Max: l.MaxConnections.Int()}
	}
	for id, n := range limits.Partners.Counts() {
		st.Partners[id] = telemetry.Usage{Used: n, Max: c.Partners[id].MaxSessions.Int()}
	}
	for id, n := range limits.Moving.Counts() {
		st.Moving[id] = telemetry.Usage{Used: n, Max: c.Partners[id].MaxTransfers.Int()}
	}
	if free, err := health.Free(c.DataDir); err == nil {
		st.DiskFree = free
	}
	return st
}

func usage(l *limit.Slots) telemetry.Usage { return telemetry.Usage{Used: l.Count(), Max: l.Max()} }

// reloaded tells the service manager and the metrics what came of reading the configuration again.
func (s *Server) reloaded(err error) {
	s.metrics.Loaded(time.Now(), err)
	switch {
	case errors.Is(err, ErrNoReload):
	case err != nil:
		s.options.Notify.Ready("Running with the configuration of before: the last reload failed, the log says why")
	default:
		s.options.Notify.Ready("Running")
	}
}
