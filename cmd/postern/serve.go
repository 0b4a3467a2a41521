package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	_ "time/tzdata" // hours name time zones, and a small machine has no database of them

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/collector"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/processors"
	"github.com/postern/postern/cmd/internal/record"
	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/cmd/internal/systemd"
	"github.com/postern/postern/cmd/internal/telemetry"
	"github.com/postern/postern/cmd/internal/wiring"
)

const serveLong = `Serve runs the server until it gets SIGTERM or SIGINT. It prints one line on
standard output once every listener is bound: "ready" and, per listener,
"name=address". Its log goes to standard error.

SIGTERM stops accepting and lets running transfers reach their end or their
next sync point within shutdown_grace. A second SIGTERM interrupts them at once,
restartably, and ends the process after 3 seconds whatever hangs; a third one ends
it as it is. SIGHUP reloads the configuration.

With no configuration it writes a safe starter one and says what it did.

--record DIR keeps what the exits of the configuration are asked and what they
answer, one JSON file for each decision, with secrets masked; 'postern plugin test
--replay DIR' asks another version of an exit the same. A transfer never waits for
it: what cannot be kept is left out and counted.`

// serveFlags are the flags of the verb.
type serveFlags struct {
	record string
	limit  int
}

func newServeCommand(app *app) *cobra.Command {
	var s serveFlags
	cmd := &cobra.Command{Use: "serve", Short: "Run the server", Long: serveLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.serve(cmd.Context(), s) }}
	cmd.Flags().StringVar(&s.record, "record", "", "keep what exits are asked and answer in this `folder`")
	cmd.Flags().IntVar(&s.limit, "record-limit", record.DefaultLimit, "most files that the folder gets")
	return cmd
}

// serve runs the server until a signal ends it.
func (a *app) serve(ctx context.Context, flags serveFlags) (err error) {
	if flags.limit < 1 {
		return usagef("--record-limit is %d: it must be 1 or more", flags.limit)
	}
	if err := a.starter(); err != nil {
		return err
	}
	loaded, err := a.loadResolved()
	if err != nil {
		return err
	}
	box, err := a.sandbox(loaded, flags)
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	if err := telemetry.SetLevel(level, loaded.Log.Level); err != nil {
		return usage(err)
	}
	log := telemetry.NewLogger(a.errs, loaded.Log.Format, level)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)

	manager, err := systemd.New(a.lookupEnv, log)
	if err != nil {
		return usage(err)
	}
	recorder, err := a.recorder(flags, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, recorder.Close()) }()
	busy := processors.Watch()
	defer busy.Close()
	server, err := wiring.Start(ctx, wiring.Options{Config: loaded, Log: log, Observer: busy, Reload: a.reloadWithin(box), Record: recorder,
		Version: a.version, LogLevel: level, Notify: manager, Sandbox: box})
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: another program listens there, perhaps another server; stop it, or change the listener's address", err)
	}
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	api, err := server.Admin(a.version)
	if err != nil {
		return errors.Join(fmt.Errorf("admin API: %w", err), server.Stop(ctx))
	}
	if err := a.print(readyLine(server.Addresses())); err != nil {
		return errors.Join(err, api.Close(ctx), server.Stop(ctx))
	}
	defer collector.Start(a.now).Close()
	manager.Ready("Running")
	stopFeeding := feed(ctx, manager, server)
	defer stopFeeding()
	stopWatching := a.watch(ctx, server, log)
	a.untilStopped(ctx, signals, server, log)
	stopWatching()
	manager.Stopping(server.StopTime())
	return stop(ctx, stopping{api, server}, signals, log)
}

// feed feeds the service manager's watchdog as long as the server lives, while it stops too. It returns how to end that.
func feed(ctx context.Context, manager *systemd.Notifier, server *wiring.Server) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var feeding sync.WaitGroup
	feeding.Go(func() { manager.Watch(ctx, server.Live) })
	return func() { cancel(); feeding.Wait() }
}

// recorder opens the folder of the recording; nil: nothing is recorded.
func (a *app) recorder(flags serveFlags, log *slog.Logger) (*record.Recorder, error) {
	if flags.record == "" {
		return nil, nil
	}
	r, err := record.Open(flags.record, flags.limit, log, a.now)
	if err != nil {
		return nil, fmt.Errorf("--record: %w", err)
	}
	return r, nil
}

// readyLine says that every listener is bound, and where.
func readyLine(addresses map[string]string) string {
	var b strings.Builder
	b.WriteString("ready")
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		fmt.Fprintf(&b, " %s=%s", name, addresses[name])
	}
	b.WriteString("\n")
	return b.String()
}

// untilStopped serves until a signal or the context ends it; SIGHUP reloads.
func (a *app) untilStopped(ctx context.Context, signals <-chan os.Signal, server *wiring.Server, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				log.Info("stopping", "signal", sig.String())
				return
			}
			if _, err := server.Reload(ctx); err != nil {
				log.Error("reload failed", "error", err)
			}
		}
	}
}

// watchQuiet is how long a changed file must be left alone before it is read.
const watchQuiet = time.Second

// watch reloads the configuration when its file changes, or a file of an exit or of TLS. It returns how to end that.
func (a *app) watch(ctx context.Context, server *wiring.Server, log *slog.Logger) (stop func()) {
	w, err := config.NewWatcher(a.configFile(), watchQuiet)
	if err != nil {
		log.Warn("changes of the configuration file are not noticed; SIGHUP and 'postern reload' are", "error", err)
		return func() {}
	}
	also := func() {
		if err := w.Also(a.watchedFiles(server)); err != nil {
			log.Warn("changes of some files of exits or of TLS are not noticed; SIGHUP and 'postern reload' are", "error", err)
		}
	}
	also()
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		err := w.Run(ctx, func() {
			if _, err := server.Reload(ctx); err != nil {
				log.Error("reload failed", "error", err)
			}
			also()
		})
		if err != nil {
			log.Warn("changes of the configuration file are not noticed any more", "error", err)
		}
	})
	return func() { cancel(); watching.Wait() }
}

// watchedFiles are those that decide about calls and of the exits that run, and of those that would run if the configuration loaded: what it waits for
// may be a file that is not there yet.
func (a *app) watchedFiles(server *wiring.Server) []string {
	files := append(server.PluginFiles(), server.CallFiles()...)
	if next, err := a.load(nil); err == nil {
		files = append(files, append(next.PluginFiles(), next.CallFiles()...)...)
	}
	return files
}

// loadResolved loads the configuration with every secret resolved.
func (a *app) loadResolved() (*config.Loaded, error) { return a.load(a.references()) }

func (a *app) references() references {
	return references{secret.Resolver{Dir: filepath.Dir(a.configFile()), LookupEnv: a.lookupEnv}}
}

// starter writes a first configuration where none was named and none is there.
func (a *app) starter() error {
	if _, named := a.lookupEnv("POSTERN_CONFIG"); named || a.configPath != "" {
		return nil
	}
	if _, err := os.Stat(defaultConfig); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return a.writeStarter(defaultConfig)
}
