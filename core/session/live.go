package session

import (
	"context"
	"time"

	"github.com/postern/postern/sdk"
)

// Live is a transfer that a session moves, as it is at one moment.
type Live struct {
	ID        string        `json:"id"`
	State     string        `json:"state"` // granted, moving, finishing, stopping
	Direction sdk.Direction `json:"direction"`
	Partner   string        `json:"partner"`
	Flow      string        `json:"flow"`
	File      string        `json:"file"`
	Label     string        `json:"label,omitempty"`
	Listener  string        `json:"listener"`
	Session   string        `json:"session"`
	Peer      string        `json:"peer"`
	// Size is how long the file is, as far as that is known; 0: it is not. What a peer announced may be rounded.
	Size int64 `json:"size"`
	// Bytes is how much of the file was heard or said, From where this attempt began.
	Bytes     int64     `json:"bytes"`
	From      int64     `json:"from"`
	SyncPoint int64     `json:"sync_point"` // the last one acknowledged
	BeganAt   time.Time `json:"began_at,omitzero"`
}

// glance asks a session for its transfers. It always gets an answer.
type glance struct{ reply chan<- []Live }

// Live tells what is being transferred, in no order. Only sessions that have a transfer are asked, between two pieces of
// their work: data costs nothing more for it. Who has not answered when ctx ends is left out.
func (r *Registry) Live(ctx context.Context) (out []Live) {
	r.mu.Lock()
	asked := map[*Session]bool{}
	for _, s := range r.transfers {
		asked[s] = true
	}
	r.mu.Unlock()
	replies := make(chan []Live, len(asked))
	for s := range asked {
		s.x.Tell(glance{replies})
	}
	for s := range asked {
		select {
		case l := <-replies:
			out = append(out, l...)
		case <-ctx.Done():
			return out
		case <-s.end: // its answer may be there, or nobody gives it any more
			select {
			case l := <-replies:
				out = append(out, l...)
			default:
			}
		}
	}
	return out
}

// states are the names of what a transfer does.
var states = map[progress]string{granted: "granted", moving: "moving", finishing: "finishing", stopping: "stopping"}

// glanced answers for the session's transfers.
func (s *Session) glanced(g glance) {
	var out []Live
	for _, t := range s.open {
		if states[t.at] == "" {
			continue
		}
		l := Live{ID: t.entry.ID, State: states[t.at], Direction: t.direction, File: t.request.File, Label: t.request.Label, Listener: s.listener.Name,
			Session: s.id, Peer: s.peer.String(), Size: max(t.entry.Size, 0), From: t.from.File, Bytes: t.from.File + t.payload,
			SyncPoint: t.acked, BeganAt: t.began, Partner: t.entry.Partner, Flow: t.entry.Flow}
		if t.reader != nil {
			l.Size = t.reader.Info().Size
		}
		switch {
		case t.outlet != nil:
			l.Bytes = t.outlet.Position().File
		case t.fetch != nil:
			l.Bytes = t.fetch.Sent()
		}
		out = append(out, l)
	}
	g.reply <- out
}
