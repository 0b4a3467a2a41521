package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// secure runs the transport's handshake within the connect time. A transport that finds out by itself who calls asks
// phase 2 meanwhile: the call phase is over with its first question.
func (s *Session) secure(ctx context.Context) (exchange.Conn, sdk.Claim, *sdk.Refusal) {
	link, stream, err := s.shake(ctx)
	if err != nil {
		r, known := sdk.AsRefusal(err)
		if !known || !s.asked {
			r = sdk.Refuse(sdk.ProtocolViolation, "the connection failed").Because(err)
		}
		s.tellAttempts(r)
		return nil, sdk.Claim{}, r
	}
	if s.asked {
		s.tellAttempts(nil)
		s.connection = newConnection(s, link)
		go s.connection.serve(ctx)
	}
	return stream, link.Claim(), nil
}

// shake gives the opened link and its first stream.
func (s *Session) shake(ctx context.Context) (sdk.Link, net.Conn, error) {
	if d := s.listener.Timeouts.Connect; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
		if err := s.conn.SetDeadline(time.Now().Add(d)); err != nil {
			return nil, nil, fmt.Errorf("set the handshake's deadline: %w", err)
		}
	}
	conn := s.conn
	if s.listener.Relay != nil {
		conn = relayedConn{s.conn, net.TCPAddrFromAddrPort(s.peer)}
	}
	link, err := s.listener.Transport.Open(ctx, conn, func(c sdk.Claim) (sdk.Partner, error) { return s.greeted(ctx, c) })
	if err != nil {
		return nil, nil, err
	}
	stream, err := s.firstStream(link)
	if err != nil {
		link.Close()
		return nil, nil, err
	}
	return link, stream, s.conn.SetDeadline(time.Time{})
}

func (s *Session) firstStream(link sdk.Link) (net.Conn, error) {
	c, err := link.Accept()
	if errors.Is(err, io.EOF) && s.asked {
		return nil, errors.New("the caller was let in and left, or asked for nothing in time")
	}
	if err != nil {
		return nil, fmt.Errorf("transport stream: %w", err)
	}
	stream, ok := c.(net.Conn)
	if !ok {
		return nil, fmt.Errorf("transport stream: %T has no deadlines", c)
	}
	return stream, nil
}

// relayedConn is a connection that a proxy passed on, with the address of who called the proxy.
type relayedConn struct {
	net.Conn
	caller net.Addr
}

// RemoteAddr is the caller's.
func (c relayedConn) RemoteAddr() net.Addr { return c.caller }

// attempt is a proof that was not enough.
type attempt struct {
	name    string
	refusal *sdk.Refusal
}

// greeted is phase 2 as far as a handshake asks it: who calls. What is agreed on follows with the dialogue's Hello. It may
// be asked several times; the transport says how often.
func (s *Session) greeted(ctx context.Context, claim sdk.Claim) (sdk.Partner, error) {
	if !s.asked {
		s.asked = true
		s.phase(sdk.PhaseCall, nil)
	}
	s.facts.Claim, s.facts.Partner = &claim, nil
	r := s.takesCalls()
	if r == nil {
		r = s.identify(ctx)
	}
	if r != nil {
		s.attempts = append(s.attempts, attempt{claim.Name, r})
		return sdk.Partner{}, r
	}
	s.known = true
	return *s.facts.Partner, nil
}

// tellAttempts reports the refusals of a handshake but the last, which the call reports itself where it ended the call:
// one for each other name. Whoever got in at last has mistyped, and that is no news.
func (s *Session) tellAttempts(last *sdk.Refusal) {
	told := map[string]bool{}
	if s.facts.Claim != nil {
		told[s.facts.Claim.Name] = true
	}
	for _, a := range s.attempts {
		if !told[a.name] && a.refusal != last {
			told[a.name] = true
			o := s.refusal(sdk.PhaseNegotiation, a.refusal, nil)
			o.Partner = a.name
			s.observe(o)
		}
	}
	s.attempts = nil
}
