package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/wiring"
)

// hurry is how long a server that is told twice to stop may take to interrupt what runs.
const hurry = 3 * time.Second

// stopper stops what serves. When ctx ends it hurries.
type stopper interface {
	Stop(ctx context.Context) error
	StopTime() time.Duration // as long as it may take
}

// stopping is the API and the server behind it.
type stopping struct {
	api *admin.Server
	*wiring.Server
}

// Stop gives the operations under way a moment, and then drains the server.
func (s stopping) Stop(ctx context.Context) error {
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := s.api.Close(short)
	if ctx.Err() != nil {
		err = nil // whoever hurries cuts them off
	}
	return errors.Join(err, s.Server.Stop(ctx))
}

// stop stops the server in good order. A second signal makes it hurry. What hangs then, on a disk for example, is left as a
// kill would leave it, and so is everything at a third signal: the process ends, and the next start settles it.
func stop(ctx context.Context, server stopper, signals <-chan os.Signal, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- server.Stop(ctx) }()
	allowed := server.StopTime()
	late := time.NewTimer(allowed)
	defer late.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("stop the server: %w", err)
			}
			log.Info("stopped")
			return nil
		case sig := <-signals:
			switch {
			case sig == syscall.SIGHUP:
			case ctx.Err() != nil:
				return abandoned("at the third signal")
			default:
				log.Warn("stopping at once", "signal", sig.String(), "within", hurry.String())
				cancel()
				allowed = hurry
				late.Reset(hurry)
			}
		case <-late.C:
			return abandoned(fmt.Sprintf("something hangs, a disk perhaps: not stopped after %s", allowed))
		}
	}
}

// abandoned ends the process while the server still works.
func abandoned(why string) error {
	return fmt.Errorf("ended as it was, %s: the next start settles what ran, from its last sync points", why)
}
