package session

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/postern/postern/sdk"
)

// Rows of folders are looked for beside the session's loop, for one answer at a time: a disk with many files, or one that
// is slow, holds up what asks for rows and not what the peer moves meanwhile. A listing belongs to the goroutine as long.

// rows is one answer that is looked for, and the notice that it was found.
type rows struct {
	l       *listing
	tag     uint32 // of the Want; 0: of the request
	find    func() (*sdk.Reply, *sdk.Refusal)
	reply   *sdk.Reply
	refusal *sdk.Refusal
}

// beside has rows looked for, once those that were asked for before are found.
func (s *Session) beside(l *listing, tag uint32, find func() (*sdk.Reply, *sdk.Refusal)) {
	s.looks = append(s.looks, rows{l: l, tag: tag, find: find})
	if len(s.looks) == 1 {
		s.lookNext()
	}
}

// lookNext begins the oldest one, in a goroutine that leave waits for.
func (s *Session) lookNext() {
	n := s.looks[0]
	s.looking.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				s.log("panic in a listing", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				n.reply, n.refusal = nil, sdk.Refuse(sdk.ServerCrashed, "a bug ended the listing").Because(fmt.Errorf("panic: %v", v))
			}
			s.x.Tell(n)
		}()
		n.reply, n.refusal = n.find()
	})
}

// found answers with rows. Whoever has left the folder meanwhile is answered all the same: the answer is owed.
func (s *Session) found(_ context.Context, n rows) {
	s.looks = s.looks[:copy(s.looks, s.looks[1:])]
	t := n.l.t
	here := s.listings[t.ref] == n.l
	switch {
	case n.tag == 0:
		if here {
			delete(s.listings, t.ref)
		}
		if n.refusal == nil && crowded(s.listings, len(n.l.stored)) {
			n.refusal = sdk.Refuse(sdk.LimitTransfers, "the folders that are open have %d rows that were not read yet", mostRows)
		}
		if here && n.refusal == nil {
			s.listings[t.ref] = n.l
		}
		s.answerBrowse(t, n.reply, n.refusal)
	case n.refusal != nil:
		s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Tag: n.tag, Refusal: n.refusal})
	default:
		s.say(sdk.Message{Kind: sdk.KindReply, Ref: t.ref, Tag: n.tag, Reply: n.reply})
	}
	if len(s.looks) > 0 && !s.over {
		s.lookNext()
	}
	s.idle()
}
