package session

import (
	"context"
	"errors"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// probeTime is how long a restart waits for a session whose connection may be gone.
const probeTime = 2 * time.Second

// message takes a protocol message. It is asked about at its own point only; without an exit there it is accepted when
// the partner's messages are. One that acknowledges a transfer is linked to it.
func (s *Session) message(ctx context.Context, t *transfer) {
	t.direction = sdk.Receive
	t.facts = s.facts
	t.facts.Time = s.house.Now()
	t.facts.Request = &sdk.RequestFacts{Request: t.request, Direction: sdk.Receive}
	t.facts.Message = &sdk.MessageFacts{Text: t.request.Text, ReplyWanted: t.request.ReplyWanted}
	reply, refusal := s.takeMessage(ctx, t)
	if refusal != nil {
		s.refuseRequest(ctx, t, refusal)
		return
	}
	s.phaseOf(t, sdk.PhaseFile, nil)
	s.say(sdk.Message{Kind: sdk.KindReply, Ref: t.ref, Reply: reply})
	s.idle()
}

func (s *Session) takeMessage(ctx context.Context, t *transfer) (*sdk.Reply, *sdk.Refusal) {
	if !s.partner.Messages {
		return nil, sdk.Refuse(sdk.MessageForbidden, "messages of %s are not accepted", s.partner.ID).
			By(sdk.RuleOf("partners", s.partner.ID, "messages"))
	}
	set, r := s.askFor(ctx, t, sdk.PointMessage)
	if r != nil {
		return nil, r
	}
	reply := &sdk.Reply{}
	if set.Reply != nil {
		reply.Text = *set.Reply
	}
	if t.request.Kind == sdk.RequestAcknowledgement {
		return reply, s.acknowledge(ctx, t)
	}
	id, err := s.house.newID()
	if err != nil {
		return nil, sdk.Refuse(sdk.LimitTransfers, "no id").Because(err)
	}
	e := catalog.Entry{ID: id, Kind: catalog.Message, Direction: catalog.Receive, Role: catalog.Server, Partner: s.partner.ID,
		Protocol: s.listener.ProtocolName, File: t.request.File, Text: t.request.Text, Session: s.id, Peer: s.peer.String(),
		Listener: s.listener.Name, Attributes: t.request.Attributes, Decisions: s.soFar(t), Key: t.key(s.partner.ID)}
	if t.entry, err = s.keepMessage(ctx, e); err != nil {
		return nil, catalogRefusal(err)
	}
	t.at = ended
	return reply, nil
}

// keepMessage writes a message's entry, which is done at once.
func (s *Session) keepMessage(ctx context.Context, e catalog.Entry) (catalog.Entry, error) {
	e, err := s.house.Catalog.Create(ctx, e)
	if err != nil {
		return e, err
	}
	if err = s.house.Catalog.Begin(ctx, e.Lease()); err == nil {
		var done catalog.Entry
		if done, err = s.house.Catalog.End(ctx, e.Lease(), catalog.Outcome{Bytes: int64(len(e.Text)), Records: 1,
			Notify: s.snap.Notify}); err == nil {
			return done, nil
		}
	}
	s.orphaned(ctx, e)
	return e, err
}

// acknowledge links an acknowledgement to the transfer it speaks of. It travels against the file, so the two names are
// swapped back.
func (s *Session) acknowledge(ctx context.Context, t *transfer) *sdk.Refusal {
	key := t.key(s.partner.ID)
	key.Direction = catalog.Send
	key.Origin, key.Destination = key.Destination, key.Origin
	_, err := s.house.Catalog.Acknowledge(ctx, catalog.Ack{Key: key, Text: t.request.Text})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, catalog.ErrNotFound):
		return sdk.Refuse(sdk.FileMissing, "no transfer %d of %q was sent to %s", key.Number, key.Name, s.partner.ID)
	}
	return catalogRefusal(err)
}
