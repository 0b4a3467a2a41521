package wiring

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// closeTime is how long the calls of exits that nobody waits for any more have to end.
const closeTime = 5 * time.Second

// generation is what one configuration opened: a chain of its own, and exits and backends that it may share with the one
// before and the one after.
type generation struct {
	snap      *session.Snapshot
	backends  map[string]*openBackend
	exits     map[string]*openExit
	protocols map[string]*openProtocol // by listener
}

// openBackend is a backend with what it was opened with: a reload keeps those for which that did not change.
type openBackend struct {
	*shared
	from origin
	sdk.Backend
}

// origin is everything that decides what a backend does.
type origin struct {
	settings backendSettings
	sha256   string      // of a plugin's file
	below    sdk.Backend // nil: none
}

// begin makes a generation the running one. The one before is over when its last session has ended. s.mu is held.
func (s *Server) begin(g *generation) {
	s.running = g
	s.current.Swap(g.snap, func() { s.closing.Go(func() { s.over(g) }) })
}

// over closes what a generation used and no other does.
func (s *Server) over(g *generation) {
	if g.snap != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		if err := g.snap.Chain.Close(ctx); err != nil {
			s.options.Log.Warn("exits still work and are closed all the same", "error", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	for _, x := range g.exits {
		s.letGo(ctx, x.shared)
	}
	for _, p := range g.protocols {
		s.letGo(ctx, p.shared)
	}
	for _, b := range g.backends {
		s.letGo(ctx, b.shared)
	}
}

// letGo gives back one use of something shared.
func (s *Server) letGo(ctx context.Context, x *shared) {
	if err := released(ctx, x); err != nil {
		s.options.Log.Warn("not closed", x.kind, x.name, "error", err)
	}
}

func released(ctx context.Context, x *shared) (err error) {
	defer sdk.Caught(&err) // of a plugin's; the others are closed all the same
	return x.release(ctx)
}

// shared is something open that several generations may use. The last of them closes it.
type shared struct {
	kind, name string
	closer     closer
	users      atomic.Int32
}

// newShared has one user: the generation that opened it.
func newShared(kind, name string, closer closer) *shared {
	x := &shared{kind: kind, name: name, closer: closer}
	x.users.Store(1)
	return x
}

// take adds a generation. The running one, from which it is taken over, has not let go: whoever holds s.mu is sure of it.
func (x *shared) take() { x.users.Add(1) }

func (x *shared) release(ctx context.Context) error {
	if x.users.Add(-1) > 0 {
		return nil
	}
	return x.closer.Close(ctx)
}

// plainCloser closes what can be closed, and does so at once.
type plainCloser struct{ sdk.Backend }

// Close closes it.
func (p plainCloser) Close(context.Context) error {
	if c, ok := p.Backend.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
