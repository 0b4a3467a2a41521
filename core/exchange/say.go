package exchange

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// Say lets the dialogue say a message; it is written at the next Next.
func (x *Exchange) Say(m sdk.Message) (sdk.Said, error) {
	said, out, err := x.d.Say(m, x.writer.out)
	if err != nil {
		return said, fmt.Errorf("say %s: %w", m.Kind, err)
	}
	x.writer.out = out
	if answers(m.Kind) {
		x.answered(m.Kind)
	}
	if x.most > 0 {
		x.fresh = true // whatever was said may be what the rest of the bytes waits for
	}
	if said.Next == sdk.Hangup {
		x.hangup = true
	}
	return said, nil
}

// answered notes an answer. A dialogue that pipelines gets one to each event that asks, beside a stop.
func (x *Exchange) answered(k sdk.Kind) {
	x.fresh = true
	switch {
	case x.most == 0:
		x.owed = 0
	case k == sdk.KindStop || k == sdk.KindAbort || k == sdk.KindExpired:
	default:
		x.owed = max(x.owed-1, 0)
	}
}

// Pipelines reports whether the dialogue goes on while answers are owed.
func (x *Exchange) Pipelines() bool { return x.most > 0 }

// sayFramed says data whose headers the dialogue fills in place: the first Used bytes of m.Bytes are written without a
// copy, and release is called when they are. A dialogue that took nothing leaves the buffer to the caller.
func (x *Exchange) sayFramed(m sdk.Message, release func()) (sdk.Said, error) {
	said, out, err := x.d.Say(m, x.writer.out)
	if err != nil {
		return said, fmt.Errorf("say %s: %w", m.Kind, err)
	}
	x.writer.out = out
	if said.Used > 0 {
		x.writer.frame(m.Bytes[:said.Used], release)
	}
	return said, nil
}

// answers reports whether a message of kind k answers what the peer asked.
func answers(k sdk.Kind) bool {
	switch k {
	case sdk.KindWelcome, sdk.KindRefuse, sdk.KindGrant, sdk.KindReply, sdk.KindStart, sdk.KindFinished,
		sdk.KindRewound, sdk.KindRewind, sdk.KindStop, sdk.KindAbort, sdk.KindExpired, sdk.KindRequest, sdk.KindYield:
		return true
	}
	return false
}
