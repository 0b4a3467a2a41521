package session

import (
	"context"

	"github.com/postern/postern/sdk"
)

// What differs where the peer pipelines: each event that asks has an answer of its own, beside a stop.

// receiving reports whether data of a file is awaited.
func (s *Session) receiving() bool {
	for _, t := range s.open {
		if t.direction == sdk.Receive && t.at == moving && !t.ending {
			return true
		}
	}
	return false
}

// tooLate answers what a peer asks about a file that was stopped.
func (s *Session) tooLate(t *transfer, e *sdk.Event) {
	if !e.Kind.Asks() && e.Kind != sdk.KindWant {
		return // overtaken
	}
	why := t.why
	if why == nil {
		why = sdk.Refuse(sdk.PeerStopped, "the transfer had ended")
	}
	s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Tag: e.Tag, Refusal: why})
}

// endsNamed answers what is owed under a file before it is stopped. It is false where the end was owed: it is refused, and
// nothing is left to stop.
func (s *Session) endsNamed(ctx context.Context, t *transfer, why *sdk.Refusal) bool {
	if t.fetch != nil {
		if err := t.fetch.Refuse(why); err != nil {
			s.violation(err.Error())
			return false
		}
	}
	if t.at == finishing {
		t.why = why
		s.fail(ctx, t, why)
		return false
	}
	return true
}
