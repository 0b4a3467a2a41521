package session

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

// connection is a link whose caller the handshake has identified. It may bear several streams at once: the session of the
// call has the first, and each further one is a session of its own with the same identification, counted like any other.
//
// The slots of the first session are the connection's: when it is over while others run, the next stream takes its place.
type connection struct {
	first     *Session
	link      sdk.Link
	snap      *Snapshot
	facts     sdk.Facts // as they were when the caller was let in
	scope     chain.Scope
	decisions []catalog.Decision
	left      chan struct{} // the other side closed the connection
	sessions  sync.WaitGroup

	mu   sync.Mutex
	open int           // sessions of further streams
	free bool          // the first session's slots
	idle chan struct{} // closed when open becomes 0; nil while nobody waits for that
}

func newConnection(s *Session, link sdk.Link) *connection {
	return &connection{first: s, link: link, snap: s.snap.again(), facts: s.facts, scope: s.scope,
		decisions: slices.Clone(s.decisions), left: make(chan struct{})}
}

// serve takes further streams until there are no more.
func (c *connection) serve(ctx context.Context) {
	defer close(c.left)
	if err := c.streams(ctx); !errors.Is(err, io.EOF) {
		c.first.log("no further streams are taken of a connection", "error", err)
		c.cut()
	}
}

// cut closes the connection. It may be called more than once.
func (c *connection) cut() {
	var err error
	func() {
		defer sdk.Caught(&err)
		_ = c.link.Close()
	}()
	if err != nil {
		c.first.log("panic at the end of a connection", "error", err)
	}
}

func (c *connection) streams(ctx context.Context) (err error) {
	defer sdk.Caught(&err)
	for {
		stream, err := c.link.Accept()
		if err != nil {
			return err
		}
		s := c.session(stream)
		if s == nil {
			_ = stream.Close()
			continue
		}
		c.sessions.Add(1)
		s.ended = func() {
			c.done(s)
			c.sessions.Done()
		}
		go s.own(ctx, s.join)
	}
}

// session prepares that of a further stream; nil: it cannot be had.
func (c *connection) session(stream io.Closer) *Session {
	h, l := c.first.house, c.first.listener
	conn, ok := stream.(net.Conn)
	id, err := h.newID()
	if !ok || err != nil {
		c.first.log("a stream cannot be served", "stream", stream, "error", err)
		return nil
	}
	now := h.Now()
	s := &Session{id: id, house: h, snap: c.snap.again(), listener: l, conn: conn, peer: c.first.peer, open: map[uint32]*transfer{},
		fetched: map[[2]string]catalog.Source{}, began: now, since: now, end: make(chan struct{}), asked: true, known: true,
		facts: c.facts, scope: c.scope, decisions: slices.Clone(c.decisions)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	s.spare, c.free = c.free, false
	return s
}

// done gives back what a session of a further stream had of the connection.
func (c *connection) done(s *Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	c.free = c.free || s.spare
	if c.open == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// join takes the place of the call phase for a further stream: the caller is known, and may have been switched off since.
func (s *Session) join(context.Context) bool {
	call := *s.facts.Call
	s.facts.Time, s.facts.Session, s.facts.Call = s.began, s.id, &call
	s.observe(sdk.Observation{What: sdk.CallOpened, Phase: sdk.PhaseCall})
	r := s.room()
	if r == nil {
		r = s.admitPartner()
	}
	if r == nil {
		r = s.talk(s.conn, *s.facts.Claim)
	}
	if r != nil {
		s.refused(s.callPhase(), r)
		s.reason = r
		s.conn.Close()
		return false
	}
	return s.stand()
}

// room takes a session's slot of the server.
func (s *Session) room() *sdk.Refusal {
	if !s.spare && !s.take(s.house.Limits.Sessions.Take()) {
		return sdk.Refuse(sdk.LimitSessions, "the server has its %s", count.Of(s.house.Limits.Sessions.Count(), "session")).By("limits.max_sessions")
	}
	return nil
}

// end waits for the sessions of the other streams and closes the connection: at once when nobody is left and the first
// session ended early, else when no stream was opened for the idle time, the other side has left, or the server stops.
func (c *connection) end(ctx context.Context, why *sdk.Refusal) {
	s := c.first
	c.mu.Lock()
	c.free = true
	c.mu.Unlock()
	if why == nil {
		c.linger(ctx, s.listener.Timeouts.Idle)
	}
	if idle := c.quiet(); idle != nil {
		select {
		case <-idle:
		case <-c.left:
		}
	}
	c.cut()
	c.sessions.Wait()
	<-c.left
	c.snap.Release()
	s.giveBack()
}

// quiet gives what is closed when no further stream is open; nil: none is.
func (c *connection) quiet() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == 0 {
		return nil
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	return c.idle
}

// linger waits while another stream may come.
func (c *connection) linger(ctx context.Context, idle time.Duration) {
	draining := c.first.house.Registry.drains()
	for {
		busy := c.quiet()
		var out <-chan time.Time
		if busy == nil && idle > 0 {
			out = time.After(idle)
		}
		select {
		case <-busy: // never, when nothing is open
		case <-out:
			if c.quiet() == nil {
				return
			}
		case <-c.left:
			return
		case <-draining:
			return
		case <-ctx.Done():
			return
		}
	}
}
