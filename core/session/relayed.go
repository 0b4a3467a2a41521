package session

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/postern/postern/sdk"
)

// relayed takes the caller's address from the proxy that passes the call on. It has the time of the first byte, or of the
// whole greeting where that has no limit.
func (s *Session) relayed(ctx context.Context) *sdk.Refusal {
	within, key := s.listener.Timeouts.FirstByte, "first_byte"
	if within <= 0 {
		within, key = s.listener.Timeouts.Connect, "connect"
	}
	if within > 0 {
		if err := s.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
			return sdk.Refuse(sdk.ProtocolViolation, "set the deadline of the proxy's header").Because(err)
		}
	}
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	defer stop()
	peer, err := s.listener.Relay.Caller(s.conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return s.late(key, sdk.TimerMessage, "the proxy did not say within %s who calls", within).Because(err)
	}
	if err != nil {
		return sdk.ToRefusal(err, sdk.ProtocolViolation)
	}
	s.peer = peer
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		return sdk.Refuse(sdk.ProtocolViolation, "take the deadline of the proxy's header back").Because(err)
	}
	return nil
}
