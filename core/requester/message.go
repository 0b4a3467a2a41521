package requester

import (
	"context"
	"fmt"

	"github.com/postern/postern/sdk"
)

// Message gives the server a message and returns its reply. A *sdk.Refusal with ByPeer set says that it was not
// accepted. Of the request File, Type, Text, ReplyWanted, Origin, Destination and Attributes count.
func (c *Call) Message(ctx context.Context, r sdk.Request) (sdk.Reply, error) {
	if err := c.usable(); err != nil {
		return sdk.Reply{}, err
	}
	number, err := c.newNumber()
	if err != nil {
		return sdk.Reply{}, err
	}
	c.ref++
	ref := c.ref
	r.Action, r.Kind, r.Number, r.Size, r.Priority = sdk.ActionMessage, "message", number, -1, 1
	c.x.Arm(sdk.TimerOfMessage, c.o.Timeouts.Message)
	if err := c.say(sdk.Message{Kind: sdk.KindRequest, Ref: ref, Request: &r}); err != nil {
		return sdk.Reply{}, err
	}
	e, err := c.await(ctx, ref, sdk.KindReply, sdk.KindRefuse)
	if err != nil {
		return sdk.Reply{}, err
	}
	if e.Kind == sdk.KindRefuse {
		return sdk.Reply{}, fmt.Errorf("message: %w", byPeer(e.Refusal))
	}
	return *e.Reply, nil
}
