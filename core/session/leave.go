package session

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// leave settles what is open, says farewell and gives everything back. A bug in one step leaves the others to be done.
func (s *Session) leave(life context.Context) {
	ctx := context.WithoutCancel(life)
	s.safely(func() { s.finishClosed(life) })
	if len(s.open) > 0 {
		s.since = s.house.Now() // a transfer ran to this moment
	}
	for _, t := range s.open {
		why := s.reason
		if why == nil {
			why = sdk.Refuse(sdk.PeerStopped, "the session ended before the transfer")
		}
		s.safely(func() { s.awaitAside(t) })
		s.safely(func() { s.abandonOrInterrupt(ctx, t, why) })
		s.safely(func() { s.drop(t) })
	}
	if s.x != nil {
		s.safely(func() { s.farewell(life) })
		s.safely(func() { s.x.Close() })
		s.x.Discard(dropNotice)
	}
	s.looking.Wait()
	s.safely(func() { s.askClose(ctx) })
	if s.admitted != nil {
		s.admitted()
	}
	if s.connection == nil { // it keeps them otherwise
		s.giveBack()
	}
	s.house.Registry.remove(s)
	s.safely(func() {
		s.phase(sdk.PhaseDisconnection, s.reason)
		s.observe(sdk.Observation{What: sdk.CallClosed, Phase: sdk.PhaseDisconnection, Refusal: s.reason,
			Duration: s.house.Now().Sub(s.began)})
	})
	close(s.end)
}

// giveBack frees the slots of a session.
func (s *Session) giveBack() {
	for _, f := range s.release {
		f()
	}
	s.release = nil
}

// safely does one step of leaving.
func (s *Session) safely(step func()) {
	defer func() { s.bug(recover()) }()
	step()
}

// bug notes a panic, if there was one: it ends the call without a word, because nobody knows what the dialogue would say.
func (s *Session) bug(value any) {
	if value == nil {
		return
	}
	s.reason, s.over, s.curt = bugInCall(fmt.Errorf("panic: %v", value)), true, true
	s.log("panic in a session", "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
}

func bugInCall(err error) *sdk.Refusal {
	return sdk.Refuse(sdk.ServerCrashed, "a bug ended the call").Because(err)
}

// farewell gives the peer the time to close first; a server that stops at once gives it a moment.
func (s *Session) farewell(life context.Context) {
	const moment = time.Second
	switch {
	case s.curt:
	case life.Err() != nil, s.known: // the end of a channel is said by the transport, and nothing is to be waited for
		s.x.Farewell(context.WithoutCancel(life), moment)
	default:
		s.x.Farewell(life, s.listener.Timeouts.Abort)
	}
}

// askClose tells the close exits.
func (s *Session) askClose(ctx context.Context) {
	f := s.facts
	f.Time, f.Close = s.house.Now(), &sdk.CloseFacts{Transfers: s.moved}
	if s.reason != nil {
		f.Close.Reason = s.reason.Code
	}
	_ = s.ask(ctx, sdk.PointClose, &f) // the row gives a refusal no effect
}

// dropNotice takes back what a notice brought when nobody is there any more to hear it.
func dropNotice(n exchange.Notice) {
	switch n := n.(type) {
	case exchange.Piece:
		n.Release()
	case glance:
		n.reply <- nil
	case command:
		n.reply <- errGone
	}
}
