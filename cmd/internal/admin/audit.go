package admin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"

	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/sdk"
)

// failures tells the observer of what an operator wanted and did not get. What was done is told where it is done.
func (s *Server) failures(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		a := &answer{ResponseWriter: w}
		next.ServeHTTP(a, r)
		if a.status >= 400 {
			s.options.Observer.Observe(sdk.Observation{Time: s.options.Now(), What: sdk.OperatorActed, Actor: by(r.Context()),
				Command: r.Method + " " + r.URL.Path, Failure: a.why()})
		}
	})
}

// answer looks at what is answered to a failure.
type answer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// maxWhy bounds how much of a failure's answer is looked at, in bytes.
const maxWhy = 64 << 10

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	if status >= 200 {
		a.status = cmp.Or(a.status, status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write keeps the beginning of a problem.
func (a *answer) Write(b []byte) (int, error) {
	if a.status >= 400 && a.body.Len() < maxWhy {
		a.body.Write(b[:min(len(b), maxWhy-a.body.Len())])
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) why() string {
	var p struct{ Title, Detail string }
	_ = json.Unmarshal(a.body.Bytes(), &p) // what is no problem has its status
	return cmp.Or(p.Detail, p.Title, http.StatusText(a.status))
}

type auditOutput struct{ Body audit.State }

// auditState has everything that waits written, and tells how far the audit log goes then.
func (s *Server) auditState(ctx ctx, _ *struct{}) (*auditOutput, error) {
	if s.options.Audit == nil {
		return nil, problem(http.StatusNotFound, kindNotFound, "there is no audit log: audit.enabled is false")
	}
	return &auditOutput{s.options.Audit(ctx)}, nil
}

// Audit asks how far the audit log goes, after everything that waited was written.
func (c *Client) Audit(ctx ctx) (audit.State, error) {
	return ask[audit.State](ctx, c, http.MethodGet, "/audit", nil)
}
