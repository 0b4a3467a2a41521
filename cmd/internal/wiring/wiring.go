// Package wiring puts a server together from its configuration. It is the only place that sees the core, the exits,
// the plugins and the configuration at once.
//
// The main call is [Start].
package wiring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/datadir"
	"github.com/postern/postern/cmd/internal/purge"
	"github.com/postern/postern/cmd/internal/record"
	"github.com/postern/postern/cmd/internal/sandbox"
	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/cmd/internal/systemd"
	"github.com/postern/postern/cmd/internal/telemetry"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/core/limit"
	"github.com/postern/postern/core/rate"
	"github.com/postern/postern/core/server"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/core/throttle"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// Options of a server.
type Options struct {
	Config *config.Loaded
	Log    *slog.Logger
	// Reload reads the configuration again; nil: this server cannot reload.
	Reload func() (*config.Loaded, error)
	// Record keeps what the exits of the configuration are asked; nil: nothing is kept. Its owner closes it after Stop.
	Record *record.Recorder
	// Observer is told what happens too; nil: nobody.
	Observer sdk.Observer
	// LogLevel follows log.level when the configuration is read again; nil: it stays.
	LogLevel *slog.LevelVar
	// Version of the build, for the metrics.
	Version string
	// Notify is told of reloads; nil: nobody.
	Notify *systemd.Notifier
	// Sandbox is what this process is confined to; nil: nothing.
	Sandbox *sandbox.Sandbox

	loaders map[artifact.Kind]loader // for tests; nil: the real ones
}

// Server is a running server.
type Server struct {
	options    Options
	started    time.Time
	mu         sync.Mutex // one reload or shutdown at a time; it guards running
	loaded     atomic.Pointer[config.Loaded]
	current    session.Current
	running    *generation    // what the snapshot of now belongs to
	closing    sync.WaitGroup // of the generations that are over
	enabled    overrides
	dir        *datadir.Folder
	audit      *audit.Log // nil: there is none
	purger     *purge.Purger
	store      *sqlite.Catalog
	checker    *secret.Checker
	loaders    map[artifact.Kind]loader
	gate       *wasm.Gate // all modules run through it
	stores     stores     // the values of exits
	refusals   *telemetry.Refusals
	tally      tally
	transports atomic.Pointer[transports]
	renewed    chan struct{} // the transports changed
	watched
	observer sdk.Observer
	house    *session.House
	server   *server.Server
	records  atomic.Pointer[config.Snapshot] // of loaded
	life     context.Context                 // of what runs beside the calls
	end      context.CancelFunc
	keeper   sync.WaitGroup
}

// poolBuffers is how many large buffers are kept for the next transfers: 64 MiB.
const poolBuffers = 64

// Start locks the data folder, opens the catalog, settles what a crash left behind and binds every listener. When it
// fails nothing stays open.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	s := &Server{options: o, started: time.Now(), loaders: o.loaders, gate: wasm.NewGate(0), renewed: make(chan struct{}, 1)}
	s.gate.Share(o.Config.Plugins.Memory.Bytes())
	if s.loaders == nil {
		s.loaders = loaders()
	}
	s.life, s.end = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			s.end()
			s.close()
		}
	}()
	if err := s.watch(ctx, o.Config); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	if err := s.recover(ctx); err != nil {
		return nil, err
	}
	s.server = server.New(s.house, o.Log)
	listeners, err := s.listeners(s.running, o.Config)
	if err == nil {
		err = s.server.Listen(ctx, listeners, nil)
	}
	if err != nil {
		return nil, err
	}
	s.noteStart()
	s.renew(transportsOf(listeners))
	s.serving()
	s.keeper.Go(s.watchExpiry)
	s.keeper.Go(func() { s.purger.Run(s.life) })
	s.keeper.Go(s.tellEnds)
	return s, nil
}

// open takes the folder and the catalog and makes the first snapshot.
func (s *Server) open(ctx context.Context) (err error) {
	c := s.options.Config
	if s.dir, err = datadir.Open(c.DataDir, "serve", time.Now()); err != nil {
		return err
	}
	if s.dir.Tightened != 0 {
		s.options.Log.Warn("the data folder was open to others and is not any more", "data_dir", c.DataDir,
			"mode", s.dir.Tightened.String())
	}
	if err = s.settleIn(); err != nil {
		return err
	}
	if err = s.openAudit(c); err != nil {
		return err
	}
	if s.store, err = sqlite.Open(filepath.Join(c.DataDir, "catalog.db"), sqlite.Options{Committed: s.metrics.Committed}); err != nil {
		return err
	}
	s.purger = s.newPurger()
	if s.checker, err = secret.NewChecker(time.Now, rand.Reader); err != nil {
		return err
	}
	if err = s.enabled.load(ctx, s.store); err != nil {
		return err
	}
	s.refusals = telemetry.NewRefusals(s.store, s.options.Log)
	s.observer = s.observers(telemetry.Log(s.options.Log), s.refusals, &s.tally, s.metrics)
	s.house = &session.House{Catalog: s.store, Observer: s.observer, Pool: stream.NewPool(poolBuffers),
		Limits: limit.New(limitsOf(&c.Config)), Rates: rate.NewTable(ratesOf(&c.Config)),
		Throttle: throttle.New(throttleOf(&c.Config), time.Now), Registry: &session.Registry{}, Now: time.Now, Random: rand.Reader,
		Snapshot: s.current.Take, Log: s.options.Log}
	next, err := s.build(ctx, c)
	if err != nil {
		return err
	}
	s.warn(nil, c)
	s.loaded.Store(c)
	s.records.Store(c.Snapshot())
	s.begin(next)
	return nil
}

func limitsOf(c *config.Config) limit.Settings {
	return limit.Settings{MaxSessions: c.Limits.MaxSessions.Int(), MaxTransfers: c.Limits.MaxTransfers.Int(),
		Unauthenticated: c.Limits.Unauthenticated.Int()}
}

func throttleOf(c *config.Config) throttle.Settings {
	return throttle.Settings{Failures: c.Throttle.Failures.Int(), Within: c.Throttle.Within.Std(), Ban: c.Throttle.Ban.Std()}
}

// ratesOf are the bandwidths of a configuration.
func ratesOf(c *config.Config) rate.Settings {
	r := rate.Settings{Server: c.Limits.Bandwidth.Bytes(), Listeners: map[string]int64{}, Partners: map[string]int64{}}
	for name, l := range c.Listeners {
		r.Listeners[name] = l.Bandwidth.Bytes()
	}
	for id, p := range c.Partners {
		r.Partners[id] = p.Bandwidth.Bytes()
	}
	return r
}

// recover settles what a crash left running: interrupted, or ended where the file had its name already.
func (s *Server) recover(ctx context.Context) error {
	settled, err := server.Recover(ctx, s.house)
	if err != nil {
		return fmt.Errorf("settle what was running: %w", err)
	}
	for _, e := range settled {
		s.options.Log.Warn("transfer was running when the server stopped", "transfer", e.ID, "partner", e.Partner,
			"flow", e.Flow, "status", string(e.Status()), "sync_point", e.Point.Number)
		s.noteSettled(e)
	}
	swept, err := server.Sweep(ctx, s.house)
	if err != nil {
		s.options.Log.Warn("temporary files of earlier crashes may be left; 'postern catalog check' finds them", "error", err)
	}
	for _, p := range swept {
		s.options.Log.Info("temporary file without an entry removed", "path", p)
	}
	return nil
}

// Addresses are the addresses the listeners are bound to, by name.
func (s *Server) Addresses() map[string]string {
	out := map[string]string{}
	for name, a := range s.server.Addresses() {
		out[name] = a.String()
	}
	return out
}

// Stop drains the server and closes it. When ctx ends, running transfers are interrupted at once.
func (s *Server) Stop(ctx context.Context) error {
	s.health.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server.Drain(ctx, s.grace())
	s.end()
	s.keeper.Wait()
	s.note(audit.Record{Event: audit.Stopped})
	return s.close()
}

// StopTime is how long Stop may take: the grace for running transfers, and what follows it.
func (s *Server) StopTime() time.Duration {
	const after = 20 * time.Second // peers confirm, exits and the catalog are closed
	return s.grace() + after
}

// grace is how long running transfers may go on when the server stops.
func (s *Server) grace() time.Duration {
	if g := s.loaded.Load().ShutdownGrace; g != config.NoDuration {
		return g.Std()
	}
	return 365 * 24 * time.Hour // none: as long as they need
}

// close gives everything back that was opened.
func (s *Server) close() error {
	errs := []error{s.unwatch()}
	s.current.Swap(nil, nil)
	s.closing.Wait()
	if s.refusals != nil {
		s.refusals.Close()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.audit != nil {
		errs = append(errs, s.audit.Close())
	}
	if s.dir != nil {
		errs = append(errs, s.dir.Close())
	}
	return errors.Join(errs...)
}

// Catalog is the server's catalog, for the admin API.
func (s *Server) Catalog() catalog.Catalog { return s.store }
