// Package server listens, accepts calls and hands each to a session; it drains them when the server stops, and settles
// what a crash left behind before the first call.
//
// It decides nothing about a call: limits and exits are asked by the session's first phase.
//
// The main call is [Server.Serve].
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/session"
)

// Server accepts calls on its listeners.
type Server struct {
	house    *session.House
	log      *slog.Logger
	mu       sync.Mutex
	bound    map[string]*bound
	stopping bool
	swap     sync.RWMutex   // held for reading while a call finds its settings, for writing while they are replaced
	accepts  sync.WaitGroup // accept loops
	calls    sync.WaitGroup // sessions
	life     context.Context
	kill     context.CancelCauseFunc
}

// Listener is an address and what holds for the calls that come in there.
type Listener struct {
	Address string // host:port; port 0 picks one
	session.Listener
}

// bound is a listener with its socket. Its settings may be replaced while it runs; calls keep those they began with.
type bound struct {
	address  string
	socket   net.Listener
	settings atomic.Pointer[session.Listener]
	failing  atomic.Pointer[error] // why the last accept failed; nil: it did not
	ended    atomic.Bool           // its accept loop
}

// ErrStopping says that the server does not listen any more.
var ErrStopping = errors.New("the server is stopping")

// errNow is why sessions end when the time to drain is over.
var errNow = errors.New("the server stops now")

// New makes a server that listens nowhere yet.
func New(h *session.House, log *slog.Logger) *Server {
	life, kill := context.WithCancelCause(context.Background())
	return &Server{house: h, log: log, bound: map[string]*bound{}, life: life, kill: kill}
}

// Listen makes the server listen on exactly these listeners: new ones are bound, changed ones get their new settings, a
// renamed one keeps its socket, others are closed. When one cannot be bound nothing changes. Calls that are open go on.
//
// then, if there is one, is called when nothing can fail any more: what it replaces (the snapshot that the house gives)
// changes together with the listeners, so that no call begins with half of one configuration and half of another.
func (s *Server) Listen(ctx context.Context, listeners []Listener, then func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return ErrStopping
	}
	next := make(map[string]*bound, len(listeners))
	kept := s.kept(listeners)
	var fresh []*bound
	for i := range listeners {
		l := &listeners[i]
		if b := kept[l.Name]; b != nil {
			next[l.Name] = b
			continue
		}
		socket, err := (&net.ListenConfig{KeepAliveConfig: alive()}).Listen(ctx, "tcp", l.Address)
		if err != nil {
			for _, b := range fresh {
				b.socket.Close()
			}
			return fmt.Errorf("listener %s: %w", l.Name, err)
		}
		b := &bound{address: l.Address, socket: socket}
		next[l.Name], fresh = b, append(fresh, b)
	}
	s.replace(listeners, next, then)
	for _, b := range fresh {
		s.accepts.Go(func() { s.accept(b) })
	}
	return nil
}

// replace puts the settings of the listeners in the place of those they have, and closes the sockets that nobody wants
// any more. s.mu is held.
func (s *Server) replace(listeners []Listener, next map[string]*bound, then func()) {
	s.swap.Lock()
	defer s.swap.Unlock()
	for i := range listeners {
		next[listeners[i].Name].settings.Store(&listeners[i].Listener)
	}
	for _, b := range s.bound {
		if next[b.settings.Load().Name] != b {
			b.socket.Close()
		}
	}
	s.bound = next
	if then != nil {
		then()
	}
}

// begin makes the session of a call, with one configuration.
func (s *Server) begin(b *bound, conn net.Conn) (*session.Listener, *session.Session, error) {
	s.swap.RLock()
	defer s.swap.RUnlock()
	l := b.settings.Load()
	call, err := session.New(s.house, l, conn)
	return l, call, err
}

// kept finds the sockets that stay: those of listeners that keep their name and address, and those whose address is
// another listener's from now on. s.mu is held.
func (s *Server) kept(listeners []Listener) map[string]*bound {
	out := make(map[string]*bound, len(listeners))
	free := map[string]*bound{}
	for _, b := range s.bound {
		free[b.address] = b
	}
	take := func(l *Listener, b *bound) {
		if b != nil && b.address == l.Address && out[l.Name] == nil {
			out[l.Name] = b
			if free[l.Address] == b {
				delete(free, l.Address)
			}
		}
	}
	for i := range listeners {
		take(&listeners[i], s.bound[listeners[i].Name])
	}
	for i := range listeners {
		if _, port, err := net.SplitHostPort(listeners[i].Address); err == nil && port != "0" {
			take(&listeners[i], free[listeners[i].Address])
		}
	}
	return out
}

// Addresses are the addresses the listeners are bound to, by name.
func (s *Server) Addresses() map[string]net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]net.Addr, len(s.bound))
	for name, b := range s.bound {
		out[name] = b.socket.Addr()
	}
	return out
}

// accept takes every connection: whether the call goes on is decided afterwards.
func (s *Server) accept(b *bound) {
	const longest = time.Second
	defer b.ended.Store(true)
	pause := 5 * time.Millisecond
	for {
		conn, err := b.socket.Accept()
		switch {
		case err == nil:
			pause = 5 * time.Millisecond
			b.failing.Store(nil)
			s.calls.Add(1)
			go s.serve(b, conn)
		case errors.Is(err, net.ErrClosed):
			return
		default: // out of file descriptors, say: the next ones may do better
			b.failing.Store(&err)
			s.log.Warn("accept failed", "listener", b.settings.Load().Name, "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-s.life.Done():
				return
			}
			pause = min(2*pause, longest)
		}
	}
}

// alive is how a connection finds out that its peer is gone without a word.
func alive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 4}
}

// serve runs one call, whose session may go on when serve is over.
func (s *Server) serve(b *bound, conn net.Conn) {
	ended := func() {
		_ = conn.Close()
		s.calls.Done()
	}
	call := s.take(b, conn)
	if call == nil {
		ended()
		return
	}
	call.Start(s.life, ended)
}

// take makes the session of a connection; nil: it cannot be had. A panic ends the call alone, as one in the session does.
func (s *Server) take(b *bound, conn net.Conn) (call *session.Session) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in a call", "listener", b.settings.Load().Name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			call = nil
		}
	}()
	l, call, err := s.begin(b, conn)
	if err != nil {
		s.log.Error("call not taken", "listener", l.Name, "peer", conn.RemoteAddr().String(), "error", err)
		return nil
	}
	return call
}

// Drain stops accepting and lets what runs reach its end or its next sync point within grace; then it interrupts what
// is left, restartably. When ctx ends it interrupts at once. It returns when nothing is left.
func (s *Server) Drain(ctx context.Context, grace time.Duration) {
	s.mu.Lock()
	s.stopping = true
	for _, b := range s.bound {
		b.socket.Close()
	}
	s.mu.Unlock()
	s.accepts.Wait()
	gone := make(chan struct{})
	go func() { s.calls.Wait(); close(gone) }()
	s.house.Registry.Drain(false)
	if !waitFor(ctx, gone, grace) {
		s.house.Registry.Drain(true)
		waitFor(ctx, gone, settleTime)
	}
	s.kill(errNow)
	<-gone
}

// settleTime is how long peers have to confirm that their transfers were stopped.
const settleTime = 5 * time.Second

// waitFor waits for done; false when d passed or ctx ended before.
func waitFor(ctx context.Context, done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
