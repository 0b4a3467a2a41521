package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
)

// glanceTime is how long sessions have to say how far they are. One that waits for a disk or an exit may not answer: the
// catalog says then what is durable.
const glanceTime = 300 * time.Millisecond

// busy is the state of a transfer whose session did not answer.
const busy = "busy"

type liveOutput struct{ Body []session.Live }

// live tells what is being transferred, oldest first.
func (s *Server) live(ctx ctx, _ *struct{}) (*liveOutput, error) {
	glance, cancel := context.WithTimeout(ctx, glanceTime)
	defer cancel()
	out := append([]session.Live{}, s.options.Sessions.Live(glance)...)
	answered := map[string]bool{}
	for _, l := range out {
		answered[l.ID] = true
	}
	for e, err := range s.options.Catalog.List(ctx, catalog.Filter{Status: catalog.Running}) {
		if err != nil {
			return nil, s.fault(ctx, "list transfers", err)
		}
		if !answered[e.ID] {
			out = append(out, session.Live{ID: e.ID, State: busy, Direction: e.Direction, Partner: e.Partner, Flow: e.Flow,
				File: e.File, Label: e.Label, Listener: e.Listener, Session: e.Session, Peer: e.Peer, Size: max(e.Size, 0), Bytes: e.Bytes,
				From: e.Bytes, SyncPoint: e.Point.Number})
		}
	}
	slices.SortFunc(out, func(a, b session.Live) int { return cmp.Compare(a.ID, b.ID) })
	return &liveOutput{out}, nil
}

// Live asks what is being transferred, oldest first.
func (c *Client) Live(ctx ctx) ([]session.Live, error) {
	return ask[[]session.Live](ctx, c, http.MethodGet, "/transfers", nil)
}
