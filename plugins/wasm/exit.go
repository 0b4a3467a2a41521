package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Exit is a loaded module. Its methods may be called from many goroutines at once.
type Exit struct {
	name     string
	noun     string // in place of "exit"
	log      *slog.Logger
	now      func() time.Time
	limits   Limits
	times    timings
	grants   Grants
	shown    wire.Shown // the secrets that the module sees
	config   *config
	program  *program
	manifest sdk.Manifest
	points   []sdk.Point
	version  string
	json     bool // it is asked in JSON
	gate     *Gate
	breaker  breaker
	asked    *pool // instances for questions
	filters  *pool // instances for transfers
	web      *web  // nil without the grant
	folders  []folder
	pass     sdk.PasswordChecker
	store    Store
	talk     talk // what the module may still log
	// openFiles counts the files that the instances have open.
	openFiles atomic.Int32
	single    atomic.Bool // it has no memory for two blocks of a filter

	users *usage
}

var (
	_ sdk.Exit            = (*Exit)(nil)
	_ sdk.FilterOpener    = (*Exit)(nil)
	_ sdk.FilterDescriber = (*Exit)(nil)
	_ sdk.Versioned       = (*Exit)(nil)
)

// Describe gives what the module says of itself. A command says nothing: its points are those it was configured for.
func (e *Exit) Describe() sdk.Manifest { return e.manifest }

// Points lists the points that the exit can be asked at.
func (e *Exit) Points() []sdk.Point { return slices.Clone(e.points) }

// Resting says why the module is not asked at the moment, because it failed too often; "" when it is.
func (e *Exit) Resting() string { return e.breaker.resting() }

// Kind says how the module is asked.
func (e *Exit) Kind() Kind { return e.program.kind }

// FilterTraits are those of the module's manifest.
func (e *Exit) FilterTraits() sdk.FilterTraits {
	return sdk.FilterTraits{ChangesLength: e.manifest.ChangesLength, State: e.manifest.State}
}

// Version covers the module and its settings.
func (e *Exit) Version() string { return e.version }

func versionOf(module, config []byte) string {
	m, c := sha256.Sum256(module), sha256.Sum256(config)
	return hex.EncodeToString(m[:]) + "-" + hex.EncodeToString(c[:])
}

// enter counts one who uses the exit; leave must follow.
func (e *Exit) enter() bool {
	return e.users.enter()
}

func (e *Exit) leave() { e.users.leave() }

// Close lets no new call in, waits for those that run, transfers with a filter included, and gives everything back.
// When the context ends before, the exit is closed once the last call ends. Only the first Close does anything.
func (e *Exit) Close(ctx context.Context) error {
	if !e.users.close() {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		<-e.users.idle
		done <- e.release()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// release gives back what a loaded exit holds. Nobody uses it any more.
func (e *Exit) release() (err error) {
	defer sdk.Caught(&err)
	e.asked.close()
	e.filters.close()
	e.web.close()
	closeFolders(e.folders)
	return e.program.close()
}
