package admin

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/user"
	"strconv"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// actor is who speaks at the other end of the socket.
type actor struct {
	uid int
	err error // why it is not known
}

type actorKey struct{}

// identify asks the system, once for each connection, who opened it.
func (s *Server) identify(ctx context.Context, c net.Conn) context.Context {
	uid, err := s.peer(c)
	return context.WithValue(ctx, actorKey{}, actor{uid, err})
}

// admit lets root and the server's own user in, and nobody else.
func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := r.Context().Value(actorKey{}).(actor)
		if ok && a.err == nil && (a.uid == 0 || a.uid == s.owner) {
			next.ServeHTTP(w, r)
			return
		}
		s.options.Log.Warn("a stranger at the admin socket", "uid", a.uid, "error", a.err, "path", r.URL.Path)
		s.options.Observer.Observe(sdk.Observation{Time: s.options.Now(), What: sdk.OperatorActed, Actor: NameOf(a.uid),
			Command: r.Method + " " + r.URL.Path, Failure: "a stranger at the admin socket"})
		writeProblem(w, problem(http.StatusForbidden, kindForbidden,
			fmt.Sprintf("only root and %s may speak to this server", NameOf(s.owner))))
	})
}

// by names who asks, for the catalog and the observer.
func by(ctx context.Context) string {
	a, _ := ctx.Value(actorKey{}).(actor)
	return NameOf(a.uid)
}

// NameOf gives "alice (uid 1000)", or "uid 1000" for a user without a name.
func NameOf(uid int) string {
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil && u.Username != "" {
		return u.Username + " (uid " + id + ")"
	}
	return "uid " + id
}

// acted tells the observer what an operator did.
func (s *Server) acted(ctx context.Context, command string, e catalog.Entry) {
	s.options.Observer.Observe(sdk.Observation{Time: s.options.Now(), What: sdk.OperatorActed, Command: command, Actor: by(ctx),
		Transfer: e.ID, Partner: e.Partner, Flow: e.Flow, File: e.File, Direction: e.Direction})
}
