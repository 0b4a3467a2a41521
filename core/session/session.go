// Package session walks one call through its five phases: call, negotiation, file, data, disconnection. It asks the
// exits, keeps the catalog and lets the exchange talk to the peer; each phase has a file of its own.
//
// It is not for protocols (a dialogue translates), nor for listening (core/server accepts and hands the call over).
//
// The main call is [Session.Run].
package session

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/rate"
	"github.com/postern/postern/sdk"
)

// Session is one call. One goroutine at a time owns it, or while it waits for its peer nobody (exchange.Exchange.Rest).
type Session struct {
	id        string
	house     *House
	snap      *Snapshot
	listener  *Listener
	conn      net.Conn
	peer      netip.AddrPort
	x         *exchange.Exchange
	facts     sdk.Facts
	scope     chain.Scope
	partner   *sdk.Partner
	terms     sdk.Terms
	rates     *rate.Session
	overfull  *sdk.Refusal // a limit was reached, and the listener says so in the protocol's words
	open      map[uint32]*transfer
	listings  map[uint32]*listing          // folders that the peer reads
	looks     []rows                       // answers that are looked for, or wait for that
	looking   sync.WaitGroup               // of the goroutine that looks
	skip      []string                     // held entries that this session has passed over
	decisions []catalog.Decision           // of exits about the session
	fetched   map[[2]string]catalog.Source // published files that went out whole, by backend and path
	moved     int                          // transfers that ended well
	draining  bool
	over      bool
	curt      bool         // nothing is said at the end: nobody has spoken yet
	reason    *sdk.Refusal // why the session ended early; nil in good order
	release   []func()     // what the session took, given back at its end
	admitted  func()       // ends the unauthenticated time; nil afterwards
	asked     bool         // the transport's handshake has asked who calls
	known     bool         // and let the caller in
	attempts  []attempt    // proofs that were refused in the handshake
	spare     bool         // it has the slots of a session of the same connection that is over
	began     time.Time
	since     time.Time     // when the phase began that the session is in
	end       chan struct{} // closed when nothing of the session is left
	ended     func()        // called after that
	// connection is what a link that knows who calls has besides this first session of it; nil: one stream is all.
	connection *connection
}

// New prepares the session of an accepted connection. Start or Run must follow: it ends what New took.
func New(h *House, l *Listener, conn net.Conn) (*Session, error) {
	id, err := h.newID()
	if err != nil {
		return nil, err
	}
	now := h.Now()
	s := &Session{id: id, house: h, snap: h.Snapshot(), listener: l, conn: conn, peer: addrOf(conn),
		open: map[uint32]*transfer{}, fetched: map[[2]string]catalog.Source{}, began: now, since: now, end: make(chan struct{})}
	return s, nil
}

// ID is the session's name in logs and in the catalog.
func (s *Session) ID() string { return s.id }

// Run walks the phases until the call is over. It returns when nothing of the session is left; ctx ends it at once.
func (s *Session) Run(ctx context.Context) {
	gone := make(chan struct{})
	s.Start(ctx, func() { close(gone) })
	<-gone
}

// Start does so and calls ended when nothing of the session is left. It may return before: the session goes on in another
// goroutine when somebody else than the peer has news for it. A panic, of a dialogue say, ends the call and is logged with
// its stack.
func (s *Session) Start(ctx context.Context, ended func()) {
	s.ended = func() {
		if s.connection != nil {
			s.connection.end(ctx, s.reason)
		}
		ended()
	}
	s.own(ctx, s.call)
}

// own walks and waits for the peer in turn, until the session is over or another goroutine's. What it waits with is the
// stack of this function, which the collector makes small, and not that of a phase.
func (s *Session) own(ctx context.Context, begin func(context.Context) bool) {
	for s.walk(ctx, begin) && s.x.Rest(ctx) {
		begin = wakes
	}
}

// wakes begins nothing: the session goes on.
func wakes(context.Context) bool { return true }

// walk goes through the phases until the session may rest or is over; begin is the first of them.
func (s *Session) walk(ctx context.Context, begin func(context.Context) bool) (rests bool) {
	defer func() {
		if !rests {
			s.depart(ctx)
		}
	}()
	defer func() { s.bug(recover()) }()
	return begin(ctx) && s.phases(ctx)
}

// awake goes on in a goroutine of its own.
func (s *Session) awake(ctx context.Context) { s.own(ctx, wakes) }

// phases takes what happens to the phase that it belongs to.
func (s *Session) phases(ctx context.Context) (rests bool) {
	for !s.over {
		o := s.x.Next(ctx)
		if o.What == exchange.Resting {
			return true
		}
		switch phaseOf(o) {
		case sdk.PhaseNegotiation:
			s.negotiation(ctx, o)
		case sdk.PhaseFile:
			s.file(ctx, o)
		case sdk.PhaseData:
			s.data(ctx, o)
		case sdk.PhaseDisconnection:
			s.disconnection(ctx, o)
		}
	}
	return false
}

// depart gives everything back, once.
func (s *Session) depart(ctx context.Context) {
	defer s.ended()
	defer s.snap.Release()
	defer func() { s.bug(recover()) }()
	s.leave(ctx)
}

// phaseOf says which phase an occurrence belongs to.
func phaseOf(o exchange.Occurrence) sdk.Phase {
	switch o.What {
	case exchange.Heard:
		if k := int(o.Event.Kind); k < len(phaseOfEvent) && phaseOfEvent[k] > 0 {
			return phaseOfEvent[k]
		}
		return sdk.PhaseDisconnection
	case exchange.Drained:
		return sdk.PhaseData
	case exchange.Noticed:
		switch o.Notice.(type) {
		case drain, expel:
			return sdk.PhaseDisconnection
		}
		return sdk.PhaseData
	}
	return sdk.PhaseDisconnection
}

// phaseOfEvent is the same for what the peer said. What is not in it ends the session.
var phaseOfEvent = [...]sdk.Phase{
	sdk.KindHello:   sdk.PhaseNegotiation,
	sdk.KindRequest: sdk.PhaseFile, sdk.KindBegin: sdk.PhaseFile, sdk.KindLeave: sdk.PhaseFile,
	sdk.KindData: sdk.PhaseData, sdk.KindSync: sdk.PhaseData, sdk.KindSynced: sdk.PhaseData, sdk.KindEnd: sdk.PhaseData,
	sdk.KindFinish: sdk.PhaseData, sdk.KindRewind: sdk.PhaseData, sdk.KindRewound: sdk.PhaseData,
	sdk.KindWant: sdk.PhaseData, sdk.KindDamaged: sdk.PhaseData, sdk.KindStop: sdk.PhaseData, sdk.KindStopped: sdk.PhaseData,
	sdk.KindBye: sdk.PhaseDisconnection, sdk.KindFault: sdk.PhaseDisconnection,
}

func addrOf(c net.Conn) netip.AddrPort {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
