package session

import (
	"context"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// finishClosed waits for the end of files that the peer closed before the connection was lost. A peer that names files by
// their paths has done its part with the CLOSE, and some do not wait for the answer (a mount that is taken down); it would
// have no reason to send the file again.
func (s *Session) finishClosed(ctx context.Context) {
	if s.x == nil || s.curt || s.reason != nil && s.reason.Code != sdk.NetworkCut {
		return
	}
	for _, t := range s.open {
		if t.fetch != nil && t.named != nil && t.at == finishing {
			s.pumpFetch(ctx, t) // what woke the session for it may have been taken already
		}
	}
	for s.closing() {
		o, ok := s.x.Told(ctx)
		switch {
		case !ok:
		case o.What == exchange.Cancelled:
			return
		default:
			s.data(ctx, o)
		}
	}
}

// closing reports whether such a file has not ended yet.
func (s *Session) closing() bool {
	for _, t := range s.open {
		if t.named != nil && t.at == finishing {
			return true
		}
	}
	return false
}
