package requester

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/sdk"
)

// next waits for what happens next. Once the caller's context has ended it is given a moment more.
func (c *Call) next(ctx context.Context) exchange.Occurrence {
	if c.grace != nil {
		ctx = c.grace
	} else if ctx.Err() != nil { // before whatever the server has said
		return exchange.Occurrence{What: exchange.Cancelled, Err: context.Cause(ctx)}
	}
	return c.x.Next(ctx)
}

// await waits for one of the kinds about a file (ref 0: about the session), and takes care of everything else. When the
// caller's context ends it waits a moment longer: what was begun is brought to an end in good order.
func (c *Call) await(ctx context.Context, ref uint32, kinds ...sdk.Kind) (*sdk.Event, error) {
	for {
		o := c.next(ctx)
		if o.What == exchange.Heard && slices.Contains(kinds, o.Event.Kind) && (ref == 0 || o.Event.Ref == ref) {
			return o.Event, nil
		}
		if err := c.elsewhere(ctx, o); err != nil {
			return nil, err
		}
	}
}

// elsewhere takes an occurrence that nobody waits for. An error means that the call is over.
func (c *Call) elsewhere(ctx context.Context, o exchange.Occurrence) error {
	switch o.What {
	case exchange.Heard:
		return c.unasked(o.Event)
	case exchange.Noticed:
		release(o.Notice)
	case exchange.Expired:
		r := sdk.Refuse(sdk.TimerMessage, "the server was silent for too long")
		return c.end(sdk.Message{Kind: sdk.KindExpired, Timer: o.Timer, Refusal: r}, r)
	case exchange.Gone:
		c.over = sdk.Refuse(sdk.NetworkCut, "the connection ended").Because(o.Err)
		return c.over
	case exchange.Cancelled:
		return c.cancelled(ctx, o.Err)
	}
	return nil
}

// unasked takes what the server said without being asked. What our own Stop or Leave has overtaken changes nothing.
func (c *Call) unasked(e *sdk.Event) error {
	switch e.Kind {
	case sdk.KindFault:
		c.over = faultOf(e.Refusal)
		return c.over
	case sdk.KindBye:
		c.over = sdk.Refuse(sdk.NetworkCut, "the server ended the call").Because(io.EOF)
		return c.over
	case sdk.KindData, sdk.KindSync, sdk.KindSynced, sdk.KindEnd, sdk.KindStop, sdk.KindStopped, sdk.KindRewound:
		return nil
	}
	return c.violation("%s at this moment", e.Kind)
}

// faultOf is why the dialogue gave up: an abort heard, or bytes that break the protocol.
func faultOf(r *sdk.Refusal) error {
	if r == nil {
		r = sdk.Refuse(sdk.ProtocolViolation, "the dialogue gave up")
	}
	return r
}

// cancelled begins the moment in which everything is brought to an end, and ends the call when it is over.
func (c *Call) cancelled(ctx context.Context, cause error) error {
	if c.grace != nil {
		r := sdk.Refuse(sdk.OperatorHalt, "the server did not answer in time").Because(c.halt)
		return c.end(sdk.Message{Kind: sdk.KindAbort}, r)
	}
	c.halt = cause
	c.grace, c.free = context.WithTimeout(context.WithoutCancel(ctx), c.o.Timeouts.Stop)
	return nil
}

// say says a message. An error ends the call: the dialogue and we no longer agree.
func (c *Call) say(m sdk.Message) error {
	if c.over != nil {
		return c.over
	}
	said, err := c.x.Say(m)
	if err != nil {
		return c.end(sdk.Message{Kind: sdk.KindAbort}, sdk.Refuse(sdk.ProtocolViolation, "a message cannot be said").Because(err))
	}
	if said.Next == sdk.Hangup && m.Kind != sdk.KindBye {
		c.over = fmt.Errorf("say %s: %w", m.Kind, errClosed)
		return c.over
	}
	return nil
}

// end says the last message of a call that we end, and tells why.
func (c *Call) end(m sdk.Message, why *sdk.Refusal) error {
	if c.over != nil {
		return c.over
	}
	c.over = why
	if m.Refusal == nil {
		m.Refusal = why
	}
	if _, err := c.x.Say(m); err != nil {
		c.over = errors.Join(why, err)
	}
	return c.over
}

func (c *Call) violation(format string, args ...any) error {
	return c.end(sdk.Message{Kind: sdk.KindAbort}, sdk.Refuse(sdk.ProtocolViolation, format, args...))
}
