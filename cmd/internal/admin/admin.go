// Package admin lets an operator reach the running server: an HTTP and JSON API on a unix socket in the data folder,
// described by OpenAPI, and the client that the verbs of the command line use. Only root and the server's own user may
// speak to it; who asked is told to the catalog and to the observer with everything that is done.
//
// It decides nothing about a transfer: what is legal is the catalog's, how a running one stops is the session's. It is
// not for partners and never listens on a network.
//
// The main calls are [Start] for the server and [Dial] for a verb.
package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// Options are what the API needs of the running server. All are needed but Audit.
type Options struct {
	Version  string
	Catalog  Catalog
	Sessions Commander
	Partners Switch
	Tester   Tester
	Keeper   Keeper
	Backup   Backuper
	Reload   func(context.Context) (changed []string, err error)
	Status   func() Status
	Exits    func() []Exit // by name
	// Settings gives the configuration of now, and how to let go of it; nobody writes to what it holds. Its backends stay
	// open until then.
	Settings func() (_ Settings, release func())
	// Audit tells how the audit log does, after what waits was written; nil: there is none.
	Audit    func(context.Context) audit.State
	Observer sdk.Observer
	Log      *slog.Logger
	Now      func() time.Time
	Random   io.Reader // of the ids of offers
}

// Catalog is what the API needs of the catalog.
type Catalog interface {
	catalog.Reader
	catalog.Explainer
	catalog.Operator
	catalog.Offers
	catalog.Preparer
	catalog.Refusals
	catalog.Partners
}

// Commander stops running transfers. [session.Registry] is one.
type Commander interface {
	// Command returns when the transfer has stopped, and session.ErrNotRunning when no session moves it.
	Command(ctx context.Context, verb session.Verb, transfer, by string) error
	// Expel ends the sessions of a partner and interrupts their transfers; it returns how many there were.
	Expel(partner, by string) int
	// Live tells what is being transferred; who has not answered when ctx ends is left out.
	Live(ctx context.Context) []session.Live
}

// Switch keeps what an operator decides about a partner: durable when it returns, and valid from the next call on.
type Switch interface {
	SetPartner(ctx context.Context, partner string, enabled bool, by string) error
}

// Keeper removes what is older than its retention, and the parts that belonged to it.
type Keeper interface {
	Purge(ctx context.Context) (entries, refusals int, err error)
}

// Settings is the part of the configuration that the API looks at.
type Settings struct {
	Partners map[string]sdk.Partner
	Flows    map[string]*session.Flow
	Backends map[string]sdk.Backend
}

// Server is the API of a running server.
type Server struct {
	options Options
	socket  *socket
	http    *http.Server
	served  sync.WaitGroup
	dataDir string
	backing sync.Mutex // one backup at a time
	owner   int        // the only uid beside root that is let in
	// peer tells who is at the other end of a connection.
	peer func(net.Conn) (uid int, err error)
}

// Start binds the socket in the data folder, whose lock the caller holds, and answers until Close.
func Start(dataDir string, o Options) (*Server, error) {
	s := &Server{options: o, owner: os.Geteuid(), peer: peerUID}
	if err := s.start(dataDir); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) start(dataDir string) error {
	var err error
	s.dataDir = dataDir
	s.sweepBackups()
	if s.socket, err = listen(dataDir, os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()); err != nil {
		return fmt.Errorf("open the admin socket: %w", err)
	}
	s.http = &http.Server{
		Handler: s.handler(), ConnContext: s.identify, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
	}
	s.served.Go(func() {
		if err := s.http.Serve(s.socket); !errors.Is(err, http.ErrServerClosed) {
			s.options.Log.Error("the admin socket has failed", "error", err)
		}
	})
	return nil
}

// handler routes the operations.
func (s *Server) handler() http.Handler {
	mux := chi.NewMux()
	mux.Use(s.admit, s.failures)
	describe(mux, s)
	return mux
}

// Close takes the socket away and waits for the operations under way, until ctx ends: then it cuts them.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.served.Wait()
	return errors.Join(err, s.socket.remove())
}
